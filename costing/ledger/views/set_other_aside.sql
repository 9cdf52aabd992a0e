-- The terms that were loaded last become those of the second tariff, under names of their own.
create or replace temp table term_other as
from term;

create or replace temp table rule_pay_other as
from rule_pay;

create or replace temp table steady_term_other as
from steady_term;

create or replace temp table changing_term_other as
from changing_term;
