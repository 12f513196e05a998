//! Reports about reactors.

use super::{assert_report, locked, program, update};

mod before {
    use std::convert::Infallible;

    use eventsource_core::{Delivery, React, Reactor, Recorded, event};

    #[event]
    pub(super) struct CheckedOut;

    #[derive(Reactor)]
    #[expect(dead_code, reason = "it is not run")]
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
    #[expect(dead_code, reason = "it is not run")]
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
fn a_reactor_cannot_be_renamed() {
    assert_report(
        "reactor_gone",
        &locked(&program!(before)),
        &program!(renamed),
    );
}

#[test]
fn an_ended_reactor_is_removed_by_hand() {
    let mut lock = locked(&program!(before));
    lock.reactors.clear();
    assert_report("new_reactor", &lock, &program!(renamed));
    update(&lock, &program!(renamed));
}
