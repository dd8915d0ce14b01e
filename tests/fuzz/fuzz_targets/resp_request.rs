//! Any bytes from a client: no crash, and the same requests or error whether they come at once or in two reads. What is
//! taken for a whole request at once is the same request when it is parsed step by step.
#![no_main]

use ferrous_resp::{Arguments, Limits, ProtocolError, RequestParser, Status};
use libfuzzer_sys::fuzz_target;

type Outcome = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

fuzz_target!(|input: (u16, &[u8])| {
    let (cut, stream) = input;
    let cut = usize::from(cut).min(stream.len());
    assert_eq!(parse(&[stream]), parse(&[&stream[..cut], stream]));
});

/// The requests in a buffer that grows to each of `buffers` in turn, and the error that ends them.
fn parse(buffers: &[&[u8]]) -> Outcome {
    let (mut parser, mut arguments) = (RequestParser::default(), Arguments::default());
    let (limits, mut requests, mut at) = (Limits::default(), Vec::new(), 0);
    for buffer in buffers {
        loop {
            arguments.clear();
            let mut taken = Vec::new();
            let whole = parser.whole(buffer, at, &limits, |argument| taken.push(argument));
            let status = parser.next(buffer, at, &limits, &mut arguments);
            if let Some(end) = whole {
                assert_eq!(status, Ok(Status::Complete { end }));
                assert!(arguments.request(buffer).iter().eq(taken));
            }
            match status {
                Ok(Status::Complete { end }) => at = end,
                Ok(Status::Incomplete { start, .. }) => {
                    at = start;
                    break;
                }
                Err(error) => return (requests, Some(error)),
            }
            requests.push(
                arguments
                    .request(buffer)
                    .iter()
                    .map(<[u8]>::to_vec)
                    .collect(),
            );
        }
    }
    (requests, None)
}
