"""What Postgres keeps: the events, the inbox they came from, the state they fold to, and every write."""
