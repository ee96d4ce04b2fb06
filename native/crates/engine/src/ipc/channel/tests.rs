use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array};
use datafusion::error::DataFusionError;
use futures::{FutureExt, StreamExt};
use tokio::time::timeout;

use super::*;
use crate::ipc::encode;

fn batch(value: i64) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![value])) as ArrayRef)]).unwrap()
}

fn bytes(values: &[i64]) -> Bytes {
    let batches: Vec<_> = values.iter().map(|value| batch(*value)).collect();
    encode::stream(&batch(0).schema(), &batches).unwrap()
}

fn open() -> (SinkSender, SinkSource) {
    channel(batch(0).schema())
}

fn code(error: &DataFusionError) -> ErrorCode {
    let DataFusionError::External(inner) = error else { panic!("{error}") };
    inner.downcast_ref::<EngineError>().unwrap().code
}

#[tokio::test]
async fn what_is_pushed_comes_out_in_order_and_once() {
    let (sender, source) = open();
    let stream = source.take().unwrap();
    assert!(source.take().is_none());
    let pushing = async {
        sender.push(bytes(&[1, 2, 3])).await.unwrap();
        sender.push(bytes(&[4])).await.unwrap();
        sender.push(bytes(&[])).await.unwrap();
        sender.finish().await.unwrap();
    };
    let (found, ()) = tokio::join!(stream.map(Result::unwrap).collect::<Vec<_>>(), pushing);
    assert_eq!(found, [batch(1), batch(2), batch(3), batch(4)]);
}

#[tokio::test]
async fn a_push_waits_for_room() {
    let (sender, source) = open();
    sender.push(bytes(&[1, 2])).await.unwrap();
    let waiting = bytes(&[3]);
    assert!(timeout(Duration::from_millis(20), sender.push(waiting)).await.is_err());
    let mut stream = source.take().unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), batch(1));
    // The push that was given up had been decoded: its batch is not lost, and not doubled.
    let (rest, ended) = tokio::join!(stream.map(Result::unwrap).collect::<Vec<_>>(), sender.finish());
    ended.unwrap();
    assert_eq!(rest, [batch(2), batch(3)]);
}

#[tokio::test]
async fn a_failed_source_fails_the_consumer_after_what_was_pushed() {
    let (sender, source) = open();
    sender.push(bytes(&[1])).await.unwrap();
    sender.fail("the file vanished");
    let found: Vec<_> = source.take().unwrap().collect().await;
    assert_eq!(found.len(), 2);
    let error = found[1].as_ref().unwrap_err();
    assert_eq!(code(error), ErrorCode::NativeSourceFailed);
    assert!(error.to_string().contains("the file vanished"));
    assert_eq!(sender.push(bytes(&[2])).await.unwrap_err().code, ErrorCode::NativeClosed);
    assert_eq!(sender.finish().await.unwrap_err().code, ErrorCode::NativeClosed);
}

#[tokio::test]
async fn bytes_that_are_not_valid_fail_both_sides() {
    let (sender, source) = open();
    assert_eq!(sender.push(Bytes::from_static(b"not arrow at all")).await.unwrap_err().code, ErrorCode::NativeBadRequest);
    let found: Vec<_> = source.take().unwrap().collect().await;
    assert_eq!(code(found[0].as_ref().unwrap_err()), ErrorCode::NativeSourceFailed);
}

#[tokio::test]
async fn an_input_that_ends_inside_a_message_fails() {
    let (sender, source) = open();
    let whole = bytes(&[1]);
    sender.push(whole.slice(..whole.len() - 20)).await.unwrap();
    assert_eq!(sender.finish().await.unwrap_err().code, ErrorCode::NativeBadRequest);
    let found: Vec<_> = source.take().unwrap().collect().await;
    assert_eq!(found.len(), 1);
    assert_eq!(code(found[0].as_ref().unwrap_err()), ErrorCode::NativeSourceFailed);
}

#[tokio::test]
async fn a_sink_that_is_closed_or_dropped_early_is_not_a_whole_input() {
    for dropped in [false, true] {
        let (sender, source) = open();
        sender.push(bytes(&[1])).await.unwrap();
        if dropped {
            drop(sender);
        } else {
            sender.close();
            sender.close();
        }
        let found: Vec<_> = source.take().unwrap().collect().await;
        assert_eq!(found[0].as_ref().unwrap(), &batch(1));
        assert_eq!(code(found[1].as_ref().unwrap_err()), ErrorCode::NativeSourceFailed);
    }
}

#[tokio::test]
async fn closing_wakes_a_push_that_waits() {
    let (sender, source) = open();
    let three = bytes(&[1, 2, 3]);
    let push = sender.push(three);
    tokio::pin!(push);
    assert!(push.as_mut().now_or_never().is_none());
    sender.close();
    assert_eq!(push.await.unwrap_err().code, ErrorCode::NativeClosed);
    assert_eq!(source.take().unwrap().count().await, 3);
}

#[tokio::test]
async fn a_consumer_that_stops_ends_the_pushes() {
    let (sender, source) = open();
    let mut stream = source.take().unwrap();
    sender.push(bytes(&[1])).await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert_eq!(sender.push(bytes(&[2])).await.unwrap_err().code, ErrorCode::NativeClosed);
}

#[tokio::test]
async fn a_finished_input_stays_finished_when_the_sink_is_closed() {
    let (sender, source) = open();
    sender.push(bytes(&[1])).await.unwrap();
    sender.finish().await.unwrap();
    sender.close();
    let found: Vec<_> = source.take().unwrap().collect().await;
    assert_eq!(found.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [batch(1)]);
}
