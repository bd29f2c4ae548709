-- Everything of this step, taken back.
drop trigger forget_snapshots on public.events;
drop function public.forget_snapshots();
drop table public.snapshots;
