drop table public.tokens;
