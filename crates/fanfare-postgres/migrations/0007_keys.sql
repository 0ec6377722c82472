-- Whether deliveries of a day wait is asked for each day of events: those of a day are not looked
-- through for it. (An index beside it on the day alone would cost every accept and every record.)
CREATE INDEX waiting_days ON waiting (event_day, day);
DROP INDEX waiting_day;
