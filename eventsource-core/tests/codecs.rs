//! JSON and `MessagePack`, side by side and as they are stored.

use eventsource_core::store::ReadStream;
use eventsource_core::{Aggregate, Apply, Codec, Id, MemoryStore, Repository, StreamStore, event};

#[event]
enum NoteEvent {
    Written { text: String, stars: Option<u8> },
    Renamed(String),
    Moved(i8, i8),
    Erased,
}

#[derive(Aggregate, Clone, Debug, Default, PartialEq)]
#[aggregate(event = NoteEvent)]
struct Note {
    events: Vec<NoteEvent>,
}

impl Apply<NoteEvent> for Note {
    fn apply(&mut self, event: NoteEvent) {
        self.events.push(event);
    }
}

#[event]
struct Drawn {
    lines: Vec<(u8, u8)>,
}

#[event]
struct Torn;

#[derive(Aggregate, Default)]
#[aggregate(events(Drawn, Torn))]
struct Sketch {
    lines: usize,
    torn: bool,
}

impl Apply<Drawn> for Sketch {
    fn apply(&mut self, event: Drawn) {
        self.lines += event.lines.len();
    }
}

impl Apply<Torn> for Sketch {
    fn apply(&mut self, Torn: Torn) {
        self.torn = true;
    }
}

fn some() -> [NoteEvent; 5] {
    [
        NoteEvent::Written {
            text: "a".to_owned(),
            stars: Some(3),
        },
        NoteEvent::Written {
            text: String::new(),
            stars: None,
        },
        NoteEvent::Renamed("b".to_owned()),
        NoteEvent::Moved(-1, 2),
        NoteEvent::Erased,
    ]
}

async fn payloads(store: &dyn StreamStore, read: ReadStream) -> Vec<(String, Codec, Vec<u8>)> {
    let page = store.read_stream(read).await.unwrap();
    page.events()
        .map(|it| (it.name.to_owned(), it.codec, it.payload.to_vec()))
        .collect()
}

#[tokio::test]
async fn events_of_both_codecs_in_one_stream_fold_together() {
    let json = Repository::<Note>::new(MemoryStore::new());
    let msgpack = json.clone().with_codec(Codec::MessagePack);
    let id = Id::new();
    for (number, event) in some().into_iter().enumerate() {
        let notes = if number % 2 == 0 { &json } else { &msgpack };
        notes
            .execute(id, |_| Ok::<_, ()>(event.clone()))
            .await
            .unwrap();
    }
    for notes in [json.clone(), msgpack] {
        assert_eq!(notes.load(id).await.unwrap().events, some());
    }
    let stored = payloads(&**json.store(), ReadStream::forward(json.stream(id), 0)).await;
    let codecs: Vec<_> = stored.into_iter().map(|(_, codec, _)| codec).collect();
    let (j, m) = (Codec::Json, Codec::MessagePack);
    assert_eq!(codecs, [j, m, j, m, j]);
}

/// The stored form is that of programs in use: if this test fails, they cannot read new events.
#[tokio::test]
async fn payloads_are_the_fields_alone() {
    let notes = Repository::<Note>::new(MemoryStore::new());
    let id = Id::new();
    notes.execute(id, |_| Ok::<_, ()>(some())).await.unwrap();
    let stored = payloads(&**notes.store(), ReadStream::forward(notes.stream(id), 0)).await;
    let expected = [
        ("note.written", r#"{"text":"a","stars":3}"#),
        ("note.written", r#"{"text":"","stars":null}"#),
        ("note.renamed", r#""b""#),
        ("note.moved", "[-1,2]"),
        ("note.erased", "{}"),
    ];
    assert_eq!(stored.len(), expected.len());
    for ((name, _, payload), expected) in stored.iter().zip(expected) {
        assert_eq!((name.as_str(), str::from_utf8(payload).unwrap()), expected);
    }
}

#[tokio::test]
async fn structs_are_stored_as_their_fields() {
    let sketches = Repository::<Sketch>::new(MemoryStore::new());
    let id = Id::new();
    let drawn = Drawn {
        lines: vec![(1, 2), (3, 4)],
    };
    sketches
        .execute(id, |_| Ok::<_, ()>((drawn.clone(), Torn)))
        .await
        .unwrap();
    let stored = payloads(
        &**sketches.store(),
        ReadStream::forward(sketches.stream(id), 0),
    )
    .await;
    assert_eq!(stored[0].2, br#"{"lines":[[1,2],[3,4]]}"#);
    assert_eq!(stored[1].2, b"{}");
    let sketch = sketches.load(id).await.unwrap();
    assert_eq!((sketch.lines, sketch.torn), (2, true));
}

#[tokio::test]
async fn messagepack_names_the_fields_so_that_some_can_be_added() {
    let notes = Repository::<Note>::new(MemoryStore::new()).with_codec(Codec::MessagePack);
    let id = Id::new();
    notes.execute(id, |_| Ok::<_, ()>(some())).await.unwrap();
    let stored = payloads(&**notes.store(), ReadStream::forward(notes.stream(id), 0)).await;
    assert_eq!(stored[0].2, b"\x82\xa4text\xa1a\xa5stars\x03");
    assert_eq!(stored[4].2, b"\x80");
}
