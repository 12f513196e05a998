//! In which order requests are written.

use std::collections::VecDeque;

use crate::request::Request;

/// Steps of models wait behind what others store, and each kind is written in groups of its own:
/// an append is not answered later for the sake of a model. Both have their turns, so that neither
/// waits for ever.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    log: VecDeque<Request>,
    models: VecDeque<Request>,
    /// Whether the group that was begun last is of models.
    of_models: bool,
}

impl Turns {
    pub(crate) fn add(&mut self, request: Request) {
        if request.is_of_model() {
            self.models.push_back(request);
        } else {
            self.log.push_back(request);
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.log.len() + self.models.len()
    }

    /// The first request of the next group.
    pub(crate) fn begin(&mut self) -> Option<Request> {
        self.of_models = !self.models.is_empty() && (self.log.is_empty() || !self.of_models);
        self.go_on()
    }

    /// The next request of this group.
    pub(crate) fn go_on(&mut self) -> Option<Request> {
        if self.of_models {
            self.models.pop_front()
        } else {
            self.log.pop_front()
        }
    }
}
