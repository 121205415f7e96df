//! Sites for `soak watch`, which misbehave at every other visit, each in a way of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use anyhow::Result;

/// The number of new headlines of a well-behaved answer.
const NEW: u64 = 5;
/// The number of headlines of such an answer.
const SHOWN: u64 = 20;
/// More than a watcher reads of an answer.
const FLOOD_MEBIBYTES: usize = 100;

/// What a site does at every other visit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    None,
    /// It accepts, and says nothing.
    Hangs,
    /// It sends less than it announced.
    Lies,
    /// It redirects in a circle.
    Circles,
    /// It redirects to a site that is new each time.
    Wanders,
    /// It sends 100 MB.
    Floods,
    /// What it declares as UTF-8 is something else from the middle on.
    ChangesEncoding,
    /// It sends what it sent before, with dates of before.
    Yesterday,
    /// It refuses.
    Refuses,
    /// It sends elements in elements, 20,000 deep.
    Nests,
}

pub(super) const ALL: [Fault; 10] = [
    Fault::None,
    Fault::Hangs,
    Fault::Lies,
    Fault::Circles,
    Fault::Wanders,
    Fault::Floods,
    Fault::ChangesEncoding,
    Fault::Yesterday,
    Fault::Refuses,
    Fault::Nests,
];

/// A site on this machine, with a feed that grows.
pub(super) struct Site {
    pub(super) url: String,
    pub(super) name: String,
    /// The number of headlines that it has shown.
    pub(super) shown: Arc<AtomicU64>,
    visits: Arc<AtomicU64>,
}

impl Site {
    /// Starts a site, which ends with the process. Once `is_over`, it behaves, and nothing is new.
    pub(super) fn start(fault: Fault, is_over: Arc<AtomicBool>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let name = format!("{fault:?}");
        let url = format!("http://{}/{name}", listener.local_addr()?);
        let (shown, visits) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let site = Self { url, name: name.clone(), shown: shown.clone(), visits: visits.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (name, is_over) = (name.clone(), is_over.clone());
                let (shown, visits) = (shown.clone(), visits.clone());
                // A client may turn away in the middle; that is its business.
                thread::spawn(move || {
                    let answer = Answer { fault, name: &name, is_over: &is_over };
                    drop(answer.give(stream, &shown, &visits));
                });
            }
        });
        Ok(site)
    }

    pub(super) fn visits(&self) -> u64 {
        self.visits.load(Ordering::Relaxed)
    }
}

struct Answer<'a> {
    fault: Fault,
    name: &'a str,
    is_over: &'a AtomicBool,
}

impl Answer<'_> {
    fn give(&self, mut stream: TcpStream, shown: &AtomicU64, visits: &AtomicU64) -> Result<()> {
        let mut head = String::new();
        let mut reader = BufReader::new(stream.try_clone()?);
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let path = head.split(' ').nth(1).unwrap_or_default();
        if path == "/robots.txt" {
            return respond(&mut stream, "404 Not Found", "", b"");
        }
        if path != format!("/{}", self.name) {
            return respond(&mut stream, "302 Found", &format!("location: {path}\r\n"), b"");
        }
        let visit = visits.fetch_add(1, Ordering::Relaxed);
        let is_over = self.is_over.load(Ordering::Relaxed);
        if visit % 2 == 1 && !is_over {
            return self.misbehave(&mut stream, visit);
        }
        let new = if is_over { 0 } else { NEW };
        let last = shown.load(Ordering::Relaxed) + new;
        let items: String = (last.saturating_sub(SHOWN)..last).map(|n| self.item(n, "")).collect();
        let feed = format!("<rss version=\"2.0\"><channel>{items}</channel></rss>");
        respond(&mut stream, "200 OK", "content-type: application/rss+xml\r\n", feed.as_bytes())?;
        shown.store(last, Ordering::Relaxed);
        Ok(())
    }

    /// A headline that no other one is nearly like: its last word, a figure, is its own.
    fn item(&self, number: u64, more: &str) -> String {
        let what = match number % 3 {
            0 => "Bitcoin rallies after upbeat report of",
            1 => "Exchange halts withdrawals as losses mount at",
            _ => "Council names new member of the panel on",
        };
        format!("<item><title>{what} {}{number}</title>{more}</item>", self.name)
    }

    fn misbehave(&self, stream: &mut TcpStream, visit: u64) -> Result<()> {
        let rss = "content-type: application/rss+xml; charset=utf-8\r\n";
        match self.fault {
            Fault::None => respond(stream, "200 OK", rss, b"<rss><channel></channel></rss>"),
            Fault::Hangs => {
                // Until the client has had enough.
                stream.read_exact(&mut [0])?;
                Ok(())
            }
            Fault::Lies => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n<rss>")?;
                Ok(())
            }
            Fault::Circles => {
                respond(stream, "302 Found", &format!("location: /circle{visit}\r\n"), b"")
            }
            Fault::Wanders => {
                // Every address of 127.0.0.0/8 is this machine.
                let (high, low) = (visit / 250 % 250, visit % 250 + 1);
                let location = format!("location: http://127.9.{high}.{low}:1/\r\n");
                respond(stream, "302 Found", &location, b"")
            }
            Fault::Floods => {
                let head =
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
                stream.write_all(head)?;
                let mebibyte = vec![b' '; 1 << 20];
                (0..FLOOD_MEBIBYTES).try_for_each(|_| stream.write_all(&mebibyte))?;
                Ok(())
            }
            Fault::ChangesEncoding => {
                let mut bytes = b"<rss><channel><item><title>Two caf\xc3\xa9s of".to_vec();
                bytes.extend(b" the town close1</title></item><item><title>Two caf\xe9s of the");
                bytes.extend(b" town open again2</title></item></channel></rss>");
                respond(stream, "200 OK", rss, &bytes)
            }
            Fault::Yesterday => {
                let old = "<pubDate>Mon, 02 Mar 2026 08:30:00 GMT</pubDate>";
                let items: String = (0..NEW).map(|number| self.item(number, old)).collect();
                let feed = format!("<rss><channel>{items}</channel></rss>");
                respond(stream, "200 OK", rss, feed.as_bytes())
            }
            Fault::Refuses => respond(stream, "503 Service Unavailable", "", b""),
            Fault::Nests => {
                let page = "<div>".repeat(20_000);
                respond(stream, "200 OK", "content-type: text/html\r\n", page.as_bytes())
            }
        }
    }
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n"
    )?;
    Ok(stream.write_all(body)?)
}
