// One resource of FHIR R4 a line in; a line of JSON out: what the npm validator has against it.
const { Fhir } = require("fhir");
const readline = require("node:readline");

const fhir = new Fhir();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const messages = fhir.validate(JSON.parse(line), { errorOnUnexpected: true }).messages || [];
  const errors = messages.filter((each) => each.severity === "error" || each.severity === "fatal");
  process.stdout.write(JSON.stringify(errors.map((each) => `${each.location}: ${each.message}`)) + "\n");
});
