-- What was measured when its enclave image was built, as BuiltImage writes it.
alter table enclaves add column built text;
