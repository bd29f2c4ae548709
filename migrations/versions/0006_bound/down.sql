drop index public.ix_events_bound;
