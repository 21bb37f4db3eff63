//! The one place where several requests are under way at the same time, with one limit on how many.

use std::future::Future;

use futures_util::{FutureExt, StreamExt, stream};

/// How many requests are under way at the same time: enough for many subscriptions, too few to be throttled.
pub(crate) const AT_ONCE: usize = 8;

/// Runs `futures`, at most `limit` of them at a time, and gives their results in the order they came in.
///
/// Nothing is spawned: dropping the returned future drops all that was under way.
pub(crate) async fn fan_out<F: Future>(
    limit: usize,
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let numbered = futures.into_iter().enumerate();
    let work = numbered.map(|(index, future)| future.map(move |output| (index, output)));
    // Not `buffered`: there one that is slow holds up those behind it, because an early result counts
    // towards the limit until it is taken.
    let mut done: Vec<(usize, F::Output)> =
        stream::iter(work).buffer_unordered(limit.max(1)).collect().await;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    async fn step_aside(rounds: usize) {
        for _ in 0..rounds {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn results_keep_their_order_whoever_ends_first() {
        let work = [5, 0, 3, 1].map(|rounds| async move {
            step_aside(rounds).await;
            rounds
        });
        assert_eq!(fan_out(2, work).await, [5, 0, 3, 1]);
    }

    #[tokio::test]
    async fn the_limit_is_reached_and_never_passed() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let work = (0..20).map(|number| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                step_aside(number % 4 + 1).await;
                now.set(now.get() - 1);
            }
        });
        assert_eq!(fan_out(3, work).await.len(), 20);
        assert_eq!(most.get(), 3);
    }

    #[tokio::test]
    async fn nothing_to_do_ends_at_once() {
        let none: Vec<std::future::Ready<u8>> = Vec::new();
        assert!(fan_out(4, none).await.is_empty());
        assert_eq!(fan_out(0, [std::future::ready(1)]).await, [1]);
    }
}
