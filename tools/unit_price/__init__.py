"""From sightings of unit prices to a dated book, by the rule of docs/unit-prices.md."""
