"""The service is broken in every way we know, while people use it; then the books are checked.

`python -m tests.chaos --seed 7 --seconds 600` starts whole processes of two clinics, one after the other: one machine
with SQLite on a small disk, and two web and two jobs processes on PostgreSQL and InfluxDB; with a hub that reads
virtual devices, and a local Twilio. Clients write down what was acknowledged to them. Then forked workers are killed at
every named point. What is done, and when, follows from the seed; how far the processes have come by then does not.
docs/chaos.md tells what is promised and what was measured.
"""
