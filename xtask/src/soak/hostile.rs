//! Hostile clients, each kind with the answers that the server may give.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Counts;
use super::client::Client;

/// The number of connections in attacks that need many at a time.
const CROWD: usize = 20;
/// The number of connections of a flood: more than the server takes.
const FLOOD: usize = 200;
/// The pause between the bytes of a slow client.
const DRIP: Duration = Duration::from_millis(100);
/// The number of bytes of a slow client, which take longer than the server waits.
const DRIPS: usize = 15;
/// The pause between two attacks of a kind, so that good clients have a share of the machine.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(60);

const HEAD: &str = "POST /predict HTTP/1.1\r\nhost: soak\r\ncontent-type: application/json\r\n";
const BODY: &str = "{\"text\": \"Exchange halts withdrawals\"}";

#[derive(Debug, Clone, Copy)]
pub(super) enum Attack {
    /// Heads that come byte by byte.
    SlowHeads,
    /// Bodies that come byte by byte.
    SlowBodies,
    /// A complete request on a connection that is then half closed: it must be answered.
    HalfClosed,
    /// A request that breaks off, on a connection that is then half closed.
    HalfClosedEarly,
    /// A client that is gone in the middle of a request.
    Gone,
    /// A body that is too large.
    LargeBody,
    /// An announced body that is larger than memory.
    HugeAnnouncement,
    /// More header fields than a head may have.
    ManyHeaders,
    /// A header without end.
    EndlessHeader,
    /// Bytes that are not HTTP.
    NoHttp,
    /// Long answers that nobody reads.
    Unread,
    /// More connections than the server takes.
    Flood,
}

pub(super) const ALL: [Attack; 12] = [
    Attack::SlowHeads,
    Attack::SlowBodies,
    Attack::HalfClosed,
    Attack::HalfClosedEarly,
    Attack::Gone,
    Attack::LargeBody,
    Attack::HugeAnnouncement,
    Attack::ManyHeaders,
    Attack::EndlessHeader,
    Attack::NoHttp,
    Attack::Unread,
    Attack::Flood,
];

/// The outcome that the server closed the connection without an answer.
const CLOSED: &str = "closed";
const LEFT: &str = "left by the client";
/// The outcome that others hold all connections, which is always allowed.
const FULL: &str = "503";

/// Runs an attack once.
pub(super) fn run(attack: Attack, address: &str, counts: &Counts) -> Result<()> {
    let connect = || connect(address);
    // A connection that the server has accepted, so that it owes an answer.
    let accepted = || Client::connect_patiently(address).map(Client::into_stream);
    let (name, allowed, streams): (_, &[&str], Vec<TcpStream>) = match attack {
        Attack::SlowHeads => {
            ("slow heads", &["408", CLOSED], drip(&connect, "GET / HTTP/1.1\r\na: ")?)
        }
        Attack::SlowBodies => (
            "slow bodies",
            &["408"],
            drip(&accepted, &format!("{HEAD}content-length: 99\r\n\r\n"))?,
        ),
        Attack::HalfClosed => {
            ("half-closed after a request", &["200"], vec![half_closed(accepted()?, BODY)?])
        }
        Attack::HalfClosedEarly => {
            ("half-closed within a request", &["400"], vec![half_closed(accepted()?, &BODY[..9])?])
        }
        Attack::Gone => {
            let mut stream = connect()?;
            // Fails if the server has closed already.
            let _ = stream.write_all(format!("{HEAD}content-length: 99\r\n\r\n{BODY}").as_bytes());
            ("gone within a request", &[LEFT], vec![stream])
        }
        Attack::LargeBody => {
            let body = vec![b' '; 2 << 20];
            let head = format!("{HEAD}content-length: {}\r\n\r\n", body.len());
            ("a large body", &["413", CLOSED], vec![sent(connect()?, &[head.as_bytes(), &body])])
        }
        Attack::HugeAnnouncement => {
            let head = format!("{HEAD}content-length: 999999999999999\r\n\r\n");
            ("a huge announcement", &["413"], vec![sent(accepted()?, &[head.as_bytes()])])
        }
        Attack::ManyHeaders => {
            let head = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(500));
            ("many headers", &["431", CLOSED], vec![sent(connect()?, &[head.as_bytes()])])
        }
        Attack::EndlessHeader => {
            let head = [&b"GET / HTTP/1.1\r\na: "[..], &vec![b'a'; 1 << 20]].concat();
            ("an endless header", &["431", CLOSED], vec![sent(connect()?, &[&head])])
        }
        Attack::NoHttp => {
            let bytes = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n";
            ("no HTTP", &["400", CLOSED], vec![sent(connect()?, &[bytes])])
        }
        Attack::Unread => {
            let text = "losses mount ".repeat(700);
            let body = format!("{{\"text\": \"{text}\"}}");
            let head = format!(
                "POST /predict?explain=true HTTP/1.1\r\nhost: soak\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let stream = sent(connect()?, &[(head + &body).repeat(4).as_bytes()]);
            thread::sleep(Duration::from_secs(2));
            ("unread answers", &[LEFT], vec![stream])
        }
        Attack::Flood => {
            let flood = (0..FLOOD).map(|_| connect()).collect::<Result<_>>()?;
            // Accepted connections send nothing, and time out.
            ("a flood of connections", &["408", CLOSED], flood)
        }
    };
    for stream in streams {
        let outcome = if allowed == [LEFT] { LEFT.to_owned() } else { outcome(stream)? };
        ensure!(
            outcome == FULL || allowed.contains(&outcome.as_str()),
            "{name}: expected {}, found {outcome}",
            allowed.join(" or ")
        );
        counts.add(name, &outcome, 1);
    }
    thread::sleep(PAUSE);
    Ok(())
}

fn connect(address: &str) -> Result<TcpStream> {
    let address: SocketAddr = address.parse()?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Opens connections whose requests begin well and go on a byte at a time.
fn drip(connect: &dyn Fn() -> Result<TcpStream>, beginning: &str) -> Result<Vec<TcpStream>> {
    let mut crowd = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        let mut stream = connect()?;
        let _ = stream.write_all(beginning.as_bytes());
        crowd.push(stream);
    }
    for _ in 0..DRIPS {
        thread::sleep(DRIP);
        for stream in &mut crowd {
            // Fails if the server has closed.
            let _ = stream.write_all(b" ");
        }
    }
    Ok(crowd)
}

fn half_closed(mut stream: TcpStream, body: &str) -> Result<TcpStream> {
    let request = format!("{HEAD}content-length: {}\r\n\r\n{body}", BODY.len());
    // Both fail if the server has closed; then there is no answer.
    let _ = stream.write_all(request.as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
    Ok(stream)
}

/// Sends as much as the server takes, which may answer and close before the end.
fn sent(mut stream: TcpStream, parts: &[&[u8]]) -> TcpStream {
    for part in parts {
        if stream.write_all(part).is_err() {
            break;
        }
    }
    stream
}

/// The outcome: the status of the answer, or that there was none.
fn outcome(mut stream: TcpStream) -> Result<String> {
    let mut start = [0; 12];
    let mut length = 0;
    while length < start.len() {
        match stream.read(&mut start[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) => {
                use std::io::ErrorKind::{BrokenPipe, ConnectionReset};
                let is_end = matches!(error.kind(), ConnectionReset | BrokenPipe);
                ensure!(is_end, "a connection is neither answered nor closed: {error}");
                break;
            }
        }
    }
    if length < start.len() {
        return Ok(CLOSED.to_owned());
    }
    let status = std::str::from_utf8(&start)?.get(9..).context("no status")?;
    Ok(status.to_owned())
}
