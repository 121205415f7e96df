//! A client that sends several requests at once and reads their answers in order.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::case;

/// The longest time to wait for an answer; none takes as long, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause before the next attempt when there were too many connections.
const PAUSE: Duration = Duration::from_millis(20);
const READ_BYTES: usize = 64 << 10;

pub(super) struct Client {
    stream: TcpStream,
    /// The bytes that were received, and how many of them were read.
    bytes: Vec<u8>,
    read: usize,
}

#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Client {
    pub(super) fn connect(address: &str) -> Result<Self> {
        let address: SocketAddr = address.parse()?;
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, bytes: Vec::new(), read: 0 })
    }

    /// Connects, again and again if others hold all connections, and sends a request: its answer
    /// proves that the server has accepted the connection.
    pub(super) fn connect_patiently(address: &str) -> Result<Self> {
        let begun = Instant::now();
        loop {
            let mut client = Self::connect(address)?;
            let is_accepted = client.send(case::get("/health")).is_ok()
                && client.receive().is_ok_and(|answer| answer.status == 200);
            if is_accepted {
                return Ok(client);
            }
            ensure!(begun.elapsed() < PATIENCE, "no connection becomes free");
            thread::sleep(PAUSE);
        }
    }

    /// The connection, after every answer has been read.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    pub(super) fn send(&mut self, bytes: impl IntoIterator<Item = u8>) -> Result<()> {
        let bytes: Vec<u8> = bytes.into_iter().collect();
        Ok(self.stream.write_all(&bytes)?)
    }

    /// The next answer.
    pub(super) fn receive(&mut self) -> Result<Answer<'_>> {
        let end = loop {
            let rest = &self.bytes[self.read..];
            // A head is ASCII; a body may end within a character.
            let valid = match std::str::from_utf8(rest) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()])?,
            };
            match valid.find("\r\n\r\n") {
                Some(end) => break self.read + end,
                None => self.receive_more()?,
            }
        };
        let head = std::str::from_utf8(&self.bytes[self.read..end])?;
        let status = head.get(9..12).context("no status")?.parse()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.context("no length")?.parse()?;
        let body = end + 4..end + 4 + length;
        while self.bytes.len() < body.end {
            self.receive_more()?;
        }
        self.read = body.end;
        Ok(Answer { status, body: &self.bytes[body] })
    }

    fn receive_more(&mut self) -> Result<()> {
        let mut buffer = [0; READ_BYTES];
        let count = self.stream.read(&mut buffer)?;
        ensure!(count > 0, "the connection was closed");
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.read = 0;
        }
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}
