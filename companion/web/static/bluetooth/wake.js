// Page 2: opens the help for the system that this is.

const SYSTEMS = [
  ["android", /Android/],
  ["chromeos", /CrOS/],
  ["windows", /Windows/],
  ["apple", /iPhone|iPad|iPod/],
  ["macos", /Mac OS/],
  ["linux", /Linux/],
];

const found = SYSTEMS.find(([, pattern]) => pattern.test(navigator.userAgent));
const help = found && document.getElementById(`help-${found[0]}`);
if (help) help.open = true;
