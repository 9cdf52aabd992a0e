-- The same under a second tariff, whose terms were loaded as term_other and rule_pay_other.
create or replace temp view used_other as
from used_under('term_other')
union all by name
from standing_under('term_other');

create or replace temp view used_changing_other as
from used_under('changing_term_other')
union all by name
from standing_under('term_other');

create or replace temp macro charged_other(used_rows) as table
    from charged_under(used_rows, 'term_other', 'rule_pay_other');
