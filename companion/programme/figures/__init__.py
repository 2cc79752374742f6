"""The programme's figures by month and quarter: each a view in SQL, with its definition (docs/programme-figures.md)."""
