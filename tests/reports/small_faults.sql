-- Rejected rows and a conflict, one with text that a terminal would obey.
insert into rejected values
    (
        'd1', 1, 'a.jsonl', 14, '{"id": 1, "x": ' || chr(27) || '[31m|', 'not JSON', false,
        '2026-10-02 08:00:00'
    ),
    (
        'd2', 2, 'b.csv', 1403, 'p2,,,1e300', 'predict_time is too large', true,
        '2026-10-03 09:30:00.250'
    );

insert into conflict values
    (
        'c1', 't4-01', 2, 'predict_time', '1.750000000', '2.000000000', '2026-10-03 09:30:00'
    );
