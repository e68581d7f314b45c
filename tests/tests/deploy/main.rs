//! A deployment to an emulator of AWS, by the commands of `docs/deploy.md`: the functions run as the template sets them up,
//! with the rights that it gives them.

mod access;
mod edge;
mod schedule;
mod table;
mod target;
mod watching;

use target::Target;

/// One test, for a deployment takes half a minute of a processor.
#[test]
fn what_the_guide_deploys_works_and_goes_away_again() {
    let mut target = Target::start();
    edge::the_edge_gets_answers_by_its_key_and_they_are_kept(&target);
    access::nobody_else_is_let_in(&target);
    access::the_edges_key_opens_nothing_else(&target);
    access::settings_are_in_the_secret_alone(&target);
    table::it_is_as_the_program_makes_it(&target);
    watching::every_alarm_tells_somebody(&target);
    schedule::the_crawler_runs_when_it_is_called(&target);
    schedule::the_crawler_runs_by_its_schedules(&target);
    watching::the_functions_tell_what_is_watched(&target);
    target.undo();
    access::nothing_is_left(&target);
}
