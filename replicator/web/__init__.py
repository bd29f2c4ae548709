"""The doors that speak HTTP: webhook intake, the JSON API, reads for storefronts, health and metrics."""
