//! Methods of a store that are those of another one.

/// Implements methods of [`Store`](eventsource_core::Store), [`StreamStore`](eventsource_core::StreamStore)
/// and [`EventLog`](eventsource_core::EventLog) by those of another store. A store that wraps one, as in a
/// test, then shows only the methods in which it differs.
///
/// ```
/// use eventsource_conformance::forward;
/// use eventsource_core::store::{BoxFuture, ReadLog, Page};
/// use eventsource_core::{EventLog, EventStore, MemoryStore, ReadError, Store, StreamStore};
///
/// /// Prints what is read of the log.
/// struct Printing(MemoryStore);
///
/// impl Store for Printing {
///     forward!(self => self.0; id, environment, limits, capabilities, now);
/// }
///
/// impl StreamStore for Printing {
///     forward!(self => self.0; append, import, receipt, read_stream, root_ids, snapshots);
/// }
///
/// impl EventLog for Printing {
///     forward!(self => self.0; log_id, head, watch);
///
///     fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
///         println!("{read:?}");
///         self.0.read(read)
///     }
/// }
///
/// impl EventStore for Printing {}
/// ```
#[macro_export]
macro_rules! forward {
    ($self:ident => $to:expr; $($method:ident),+ $(,)?) => {
        $($crate::__forward! { $method $self $to })+
    };
}

/// One method of [`forward!`](crate::forward).
#[doc(hidden)]
#[macro_export]
macro_rules! __forward {
    (id $self:ident $to:expr) => {
        fn id(&$self) -> $crate::__private::store::StoreId {
            $to.id()
        }
    };
    (environment $self:ident $to:expr) => {
        fn environment(&$self) -> ::std::sync::Arc<dyn $crate::__private::values::Environment> {
            $to.environment()
        }
    };
    (limits $self:ident $to:expr) => {
        fn limits(&$self) -> $crate::__private::store::Limits {
            $to.limits()
        }
    };
    (capabilities $self:ident $to:expr) => {
        fn capabilities(&$self) -> $crate::__private::store::Capabilities {
            $to.capabilities()
        }
    };
    (now $self:ident $to:expr) => {
        fn now(
            &$self,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::values::Timestamp,
            $crate::__private::store::StoreError,
        > {
            $to.now()
        }
    };
    (append $self:ident $to:expr) => {
        fn append(
            &$self,
            commit: $crate::__private::store::Commit,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::Receipt,
            $crate::__private::store::AppendError,
        > {
            $to.append(commit)
        }
    };
    (import $self:ident $to:expr) => {
        fn import(
            &$self,
            commits: ::std::vec::Vec<$crate::__private::store::Imported>,
        ) -> $crate::__private::Answer<
            '_,
            ::std::vec::Vec<$crate::__private::store::Receipt>,
            $crate::__private::store::ImportError,
        > {
            $to.import(commits)
        }
    };
    (receipt $self:ident $to:expr) => {
        fn receipt(
            &$self,
            first: $crate::__private::values::StreamId,
            commit_id: $crate::__private::Uuid,
        ) -> $crate::__private::Answer<
            '_,
            ::std::option::Option<$crate::__private::store::Receipt>,
            $crate::__private::store::ReadError,
        > {
            $to.receipt(first, commit_id)
        }
    };
    (read_stream $self:ident $to:expr) => {
        fn read_stream(
            &$self,
            read: $crate::__private::store::ReadStream,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::Page,
            $crate::__private::store::ReadError,
        > {
            $to.read_stream(read)
        }
    };
    (visit_stream $self:ident $to:expr) => {
        fn visit_stream(
            &$self,
            read: $crate::__private::store::ReadStream,
            visitor: ::std::boxed::Box<dyn $crate::__private::store::StreamVisitor>,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::StreamVisited,
            $crate::__private::store::VisitError,
        > {
            $to.visit_stream(read, visitor)
        }
    };
    (root_ids $self:ident $to:expr) => {
        fn root_ids<'a>(
            &'a $self,
            tenant: &'a str,
            category: &'a str,
            after: ::std::option::Option<$crate::__private::Uuid>,
            limit: usize,
        ) -> $crate::__private::Answer<
            'a,
            ::std::vec::Vec<$crate::__private::Uuid>,
            $crate::__private::store::ReadError,
        > {
            $to.root_ids(tenant, category, after, limit)
        }
    };
    (snapshots $self:ident $to:expr) => {
        fn snapshots(
            &$self,
        ) -> ::std::option::Option<&dyn $crate::__private::store::SnapshotStore> {
            $to.snapshots()
        }
    };
    (log_id $self:ident $to:expr) => {
        fn log_id(&$self) -> $crate::__private::store::LogId {
            $to.log_id()
        }
    };
    (read $self:ident $to:expr) => {
        fn read(
            &$self,
            read: $crate::__private::store::ReadLog,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::Page,
            $crate::__private::store::ReadError,
        > {
            $to.read(read)
        }
    };
    (head $self:ident $to:expr) => {
        fn head(
            &$self,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::Horizon,
            $crate::__private::store::ReadError,
        > {
            $to.head()
        }
    };
    (visit $self:ident $to:expr) => {
        fn visit(
            &$self,
            read: $crate::__private::store::ReadLog,
            visitor: ::std::boxed::Box<dyn $crate::__private::store::Visitor>,
        ) -> $crate::__private::Answer<
            '_,
            $crate::__private::store::Visited,
            $crate::__private::store::VisitError,
        > {
            $to.visit(read, visitor)
        }
    };
    (watch $self:ident $to:expr) => {
        fn watch(&$self) -> $crate::__private::store::HeadWatch {
            $to.watch()
        }
    };
}
