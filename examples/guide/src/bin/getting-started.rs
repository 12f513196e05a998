//! A library that lends books.

use eventsource_core::{
    Aggregate, Apply, ExecuteError, Id, Project, Projection, ReadModel, Recorded, Repository,
    Runner, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

/// Everything that can happen to a book.
#[event]
pub enum BookEvent {
    Lent { reader: String },
    Returned,
}

/// The state on which decisions about a book are made: a fold of its events.
#[derive(Aggregate, Clone, Debug, Default)]
#[aggregate(event = BookEvent)]
pub struct Book {
    pub lent_to: Option<String>,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BookError {
    #[error("the book is lent to {0}")]
    Lent(String),
    #[error("the book is not lent")]
    NotLent,
}

impl Apply<BookEvent> for Book {
    fn apply(&mut self, event: BookEvent) {
        match event {
            BookEvent::Lent { reader } => self.lent_to = Some(reader),
            BookEvent::Returned => self.lent_to = None,
        }
    }
}

/// The decisions: state in, an event or a refusal out.
impl Book {
    pub fn lend(&self, reader: &str) -> Result<BookEvent, BookError> {
        match &self.lent_to {
            Some(other) => Err(BookError::Lent(other.clone())),
            None => Ok(BookEvent::Lent {
                reader: reader.to_owned(),
            }),
        }
    }

    pub fn give_back(&self) -> Result<BookEvent, BookError> {
        match self.lent_to {
            Some(_) => Ok(BookEvent::Returned),
            None => Err(BookError::NotLent),
        }
    }
}

/// How often a reader has borrowed a book: one row for each reader.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "readers", version = 1, key = reader, event = BookEvent(Lent))]
pub struct Reader {
    pub borrowed: u64,
}

impl Project<BookEvent> for Reader {
    fn project(&mut self, _: &Recorded<BookEvent>) {
        self.borrowed += 1;
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = SqliteStore::open("library.db").await?;
    let books = Repository::<Book>::new(store.clone());
    let emma = Id::from_name("Emma, first copy");

    // Load the book, decide, store the event.
    books.execute(emma, |book| book.lend("Ann")).await?;
    match books.execute(emma, |book| book.lend("Bob")).await {
        Err(ExecuteError::Refused(refusal)) => println!("refused: {refusal}"),
        other => println!("stored: {:?}", other?.revision()),
    }
    books.execute(emma, Book::give_back).await?;
    books.execute(emma, |book| book.lend("Bob")).await?;
    books.execute(emma, Book::give_back).await?;

    for recorded in books.history(emma).await? {
        println!("{}: {:?}", recorded.version(), recorded.event);
    }

    // Bring the read model up to date, and read it.
    let runner = Runner::new(store.clone(), store.clone()).project::<Reader>();
    runner.catch_up().await?;
    let readers = ReadModel::<Reader>::new(store.clone(), store.clone());
    println!("Ann: {:?}", readers.get("Ann").await?);

    store.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Book, BookError, BookEvent};
    use eventsource_core::testing::Scenario;

    fn lent_to_ann() -> BookEvent {
        let reader = "Ann".to_owned();
        BookEvent::Lent { reader }
    }

    #[test]
    fn a_book_is_lent_to_one_reader_at_a_time() {
        Book::given([lent_to_ann()])
            .when(|book| book.lend("Bob"))
            .then_refused(BookError::Lent("Ann".to_owned()));
    }

    #[test]
    fn a_returned_book_can_be_lent_again() {
        Book::given([lent_to_ann(), BookEvent::Returned])
            .when(|book| book.lend("Ann"))
            .then(lent_to_ann());
    }
}
