-- Each separated by one space, of which they contain none.
alter table enclaves add column exposed_ports text not null default '';
alter table enclaves add column allowed_hosts text not null default '';
