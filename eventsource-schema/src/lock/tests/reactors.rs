//! A reactor under another name would begin anew.

use super::{assert_report, locked, program, update};

mod before {
    use std::convert::Infallible;

    use eventsource_core::{Delivery, React, Reactor, Recorded, event};

    #[event]
    pub(super) struct CheckedOut;

    #[derive(Reactor)]
    #[expect(dead_code, reason = "nobody runs it")]
    #[reactor(name = "receipts", events(CheckedOut))]
    pub(super) struct Receipts;

    impl React<CheckedOut> for Receipts {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }
}

mod renamed {
    use std::convert::Infallible;

    use eventsource_core::{Delivery, React, Reactor, Recorded, event};

    #[event]
    pub(super) struct CheckedOut;

    #[derive(Reactor)]
    #[expect(dead_code, reason = "nobody runs it")]
    #[reactor(name = "mails", events(CheckedOut))]
    pub(super) struct Mails;

    impl React<CheckedOut> for Mails {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<CheckedOut>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }
}

#[test]
fn a_reactor_cannot_go_by_another_name() {
    assert_report(
        "reactor_gone",
        &locked(&program!(before)),
        &program!(renamed),
    );
}

#[test]
fn a_reactor_that_has_ended_is_taken_out_by_hand() {
    let mut lock = locked(&program!(before));
    lock.reactors.clear();
    assert_report("new_reactor", &lock, &program!(renamed));
    update(&lock, &program!(renamed));
}
