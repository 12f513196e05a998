//! Cases of round trips: a read returns what was stored.

use eventsource_core::store::NewEvent;
use eventsource_core::{Codec, Filter, Metadata, Query, StreamId, Tag, Timestamp};
use uuid::Uuid;

use super::Store;
use super::bed::Bed;
use super::support::{Seen, append, cart, commit, event, read_all, read_stream};

/// Every field of an event and of its commit comes back from both kinds of reads.
pub(super) async fn every_field_comes_back_as_it_was(store: Store) {
    let stream = StreamId::new("cart", Uuid::now_v7()).in_tenant("acme");
    let metadata = Metadata::new()
        .actor("clerk 7")
        .on_behalf_of("ann")
        .reason("stock-taking")
        .correlation("request 1")
        .causation("command 2")
        .traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .occurred_at(Timestamp::from_micros(1_483_272_000_000_001))
        .entry("till", "3");
    let tags = vec![Tag::new("sku", "tea"), Tag::new("till", 3)];
    let new = NewEvent::new(
        stream.clone(),
        "cart.added",
        7,
        Codec::MessagePack,
        vec![0x81, 0],
    );
    let new = commit(vec![new.tagged(tags.clone())]).metadata(metadata.clone());
    let receipt = store.append(new.clone()).await.unwrap();

    let by_stream = read_stream(&store, &stream, 10).await;
    assert_eq!(by_stream, read_all(&store, &Query::all(), 10).await);
    let [seen] = &by_stream[..] else {
        panic!("one event was stored")
    };
    assert_eq!(
        (&seen.stream, seen.version, seen.position),
        (&stream, 1, receipt.last)
    );
    assert_eq!(
        (seen.name.as_str(), seen.schema, seen.codec),
        ("cart.added", 7, Codec::MessagePack)
    );
    assert_eq!((&seen.payload[..], &seen.tags), (&[0x81, 0][..], &tags));
    let header = &seen.commit;
    assert_eq!(
        (header.id, header.first, header.events),
        (new.id, receipt.first, 1)
    );
    assert_eq!(
        (header.recorded_at, header.metadata()),
        (receipt.recorded_at, &metadata)
    );
}

/// Payloads are bytes, whatever their codec says.
pub(super) async fn payloads_come_back_byte_for_byte(store: Store) {
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    let payloads: Vec<Vec<u8>> = vec![
        b"{}".to_vec(),
        Vec::new(),
        b"{ \"spaced\" : 1.0e0 , \"twice\":1,\"twice\":2 }".to_vec(),
        "{\"planes\":\"aß€𝄞\u{10ffff}\"}".into(),
        b"{\"escaped\":\"\\u0000\"}".to_vec(),
        b"{\"nul\":\"\0\"}".to_vec(),
        b"\xff\xfe not UTF-8".to_vec(),
        all_bytes.repeat(3_500),
    ];
    let stream = cart();
    for codec in [Codec::Json, Codec::MessagePack] {
        for payload in &payloads {
            let new = NewEvent::new(stream.clone(), "cart.noted", 1, codec, payload.clone());
            store.append(commit(vec![new])).await.unwrap();
        }
    }
    let seen = read_stream(&store, &stream, 3).await;
    let back: Vec<_> = seen.into_iter().map(|event| event.payload).collect();
    assert_eq!(back, [&payloads[..], &payloads[..]].concat());
}

/// Tenants, categories, names and tags may be of any script.
pub(super) async fn names_and_tags_of_all_planes_come_back(store: Store) {
    let stream = StreamId::new("wagen-ß𝄞", Uuid::max()).in_tenant("müller'\"`;--");
    let tags = vec![Tag::new("größe", "a:b, [c] \"d\" \\ 𝄞"), Tag::new("", "")];
    let new = NewEvent::new(
        stream.clone(),
        "gefüllt'%_*",
        u32::MAX,
        Codec::Json,
        b"{}".to_vec(),
    );
    store
        .append(commit(vec![new.tagged(tags.clone())]))
        .await
        .unwrap();
    let seen = read_stream(&store, &stream, 10).await;
    assert_eq!((&seen[0].stream, &seen[0].tags), (&stream, &tags));
    assert_eq!(
        (seen[0].name.as_str(), seen[0].schema),
        ("gefüllt'%_*", u32::MAX)
    );
}

/// Each as often as it was given, and no other one.
pub(super) async fn tags_come_back_in_their_order(store: Store) {
    let tag = |text: &str| Tag::new("t", text);
    let many: Vec<Tag> = (0..store.limits().tags)
        .rev()
        .map(|number| Tag::new("t", number))
        .collect();
    let lists = [
        vec![tag("b"), tag("a"), tag("b")],
        vec![tag("a"), tag("a")],
        many,
        Vec::new(),
    ];
    let stream = cart();
    let tagged = lists
        .iter()
        .map(|tags| event(&stream, "tagged").tagged(tags.clone()));
    store.append(commit(tagged.collect())).await.unwrap();
    let chosen = Query::from(Filter::new().tag(tag("b")));
    let found = read_all(&store, &chosen, 10).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tags, lists[0]);
    let all = read_all(&store, &Query::all(), 10).await;
    for seen in [read_stream(&store, &stream, 10).await, all] {
        let back: Vec<_> = seen.into_iter().map(|event| event.tags).collect();
        assert_eq!(back, lists);
    }
}

/// Every field keeps its text, and an empty text differs from none.
pub(super) async fn metadata_of_all_planes_comes_back(store: Store) {
    let texts = [
        "a\0b",
        "\0",
        "aß€𝄞\u{10ffff}",
        "\u{1}\u{7f}\u{80}\u{fffe}",
        "\"\\'",
        " ",
        "",
    ];
    let stream = cart();
    let all = texts.map(|text| {
        Metadata::new()
            .actor(text)
            .on_behalf_of(text)
            .reason(text)
            .correlation(text)
            .causation(text)
            .traceparent(text)
            .entry(text, text)
            .entry("key", text)
    });
    let mut without = Metadata::new().actor("ann").entry("", "");
    without.reason = None;
    for metadata in all.iter().chain([&without]) {
        let new = commit(vec![event(&stream, "noted")]).metadata(metadata.clone());
        store.append(new).await.unwrap();
    }
    let by_stream = read_stream(&store, &stream, 100).await;
    assert_eq!(by_stream, read_all(&store, &Query::all(), 100).await);
    let back = by_stream.iter().map(|event| event.commit.metadata());
    assert!(back.eq(all.iter().chain([&without])), "{by_stream:?}");
}

/// Two categories are the same if their bytes are: neither case nor the forms of Unicode are folded,
/// and no character has a meaning. So it is with tenants and stored names.
pub(super) async fn names_are_told_apart_by_their_bytes(store: Store) {
    let names = [
        "cart",
        "Cart",
        "CART",
        "caf\u{e9}",
        "cafe\u{301}",
        "cafe",
        "\u{fb01}n",
        "fin",
        "a/b",
        "a-b",
        "a.b",
        "a_b",
        "a:b",
        "a",
        "b",
        "ß",
        "ss",
        "a//b",
        "/a",
        "a.",
    ];
    let id = Uuid::now_v7();
    let streams = |name: &'static str| {
        let of_category = StreamId::new(name, id);
        [of_category, StreamId::new("cart-of", id).in_tenant(name)]
    };
    for name in names {
        for stream in streams(name) {
            let mut new = event(&stream, name);
            new.name = name.into();
            store.append(commit(vec![new])).await.unwrap();
        }
    }
    for name in names {
        for stream in streams(name) {
            let seen = read_stream(&store, &stream, 10).await;
            let versions: Vec<_> = seen.iter().map(|event| event.version).collect();
            assert_eq!(versions, [1], "{stream}");
            assert_eq!((&seen[0].stream, seen[0].name.as_str()), (&stream, name));
        }
        let of_category = Query::from(Filter::new().category(name));
        assert_eq!(read_all(&store, &of_category, 10).await.len(), 1, "{name}");
        let by_name = Query::from(Filter::new().name(name));
        assert_eq!(read_all(&store, &by_name, 10).await.len(), 2, "{name}");
        let of_tenant = Query::all().in_tenant(name);
        assert_eq!(read_all(&store, &of_tenant, 10).await.len(), 1, "{name}");
        assert_eq!(store.root_ids("", name, None, 10).await.unwrap(), [id]);
    }
}

/// The digest of a commit can be made again from what comes back.
pub(super) async fn a_commit_keeps_its_digest(bed: Bed) {
    let store = bed.open().await.store();
    let stream = cart();
    append(&store, &stream, 3).await;
    let metadata = Metadata::new().actor("ann");
    let new =
        commit(vec![event(&stream, "a"), event(&bed.sibling(&stream), "b")]).metadata(metadata);
    store.append(new.clone()).await.unwrap();
    let seen = read_all(&store, &Query::all(), 100).await;
    let header = seen.last().unwrap().commit.clone();
    assert_eq!(header.digest, new.digest());
    let again = seen[3..].iter().map(|seen| {
        let Seen {
            stream,
            name,
            schema,
            codec,
            payload,
            ..
        } = seen.clone();
        NewEvent::new(stream, name, schema, codec, payload).tagged(seen.tags.clone())
    });
    let again = commit(again.collect()).metadata(header.metadata().clone());
    assert_eq!(again.digest(), header.digest);
}
