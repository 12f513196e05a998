use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct EmailChosen {
    pub email: String,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "emails", key = email, events(EmailChosen))]
pub struct Emails {
    taken: bool,
}

pub struct Taken;

impl Project<EmailChosen, Result<(), Taken>> for Emails {
    fn project(&mut self, _: &Recorded<EmailChosen>) -> Result<(), Taken> {
        if self.taken { Err(Taken) } else { Ok(()) }
    }
}

fn main() {}
