"""The doors that speak HTTP: hooks, the JSON API, reads for storefronts, the console."""
