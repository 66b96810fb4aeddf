"""The report as one page that opens anywhere: `report.html`; it shows what it is handed, and aggregates nothing."""
