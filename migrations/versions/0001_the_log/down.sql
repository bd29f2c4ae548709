-- Everything of this step, taken back. The roles stay: other databases of the cluster may use them.
drop table public.listed, public.runs, public.cursors, public.conflicts, public.writes, public.deliveries, public.claims,
  public.states_signed, public.states_seen, public.replicas, public.entities, public.inbox, public.events,
  public.log_head, public.systems, public.installation;
drop sequence public.revisions;
drop function public.redact(uuid, text[], text, text, timestamptz);
drop function public.event_digest(jsonb);
drop function public.log_append(jsonb);
drop function public.refuse_change();
drop function public.only_erased(jsonb, jsonb);
drop function public.event_content(jsonb);
drop function public.erased(jsonb, text[]);
