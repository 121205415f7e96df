//! Rate limiting, for each API key or address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

/// A client, whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Client {
    Key(Arc<str>),
    Address(IpAddr),
}

impl Client {
    /// The client at an address: for IPv6 the whole /64, which belongs to one home or host.
    pub(super) fn at(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(network.into())
            }
            address => address,
        })
    }
}

type Limiter = RateLimiter<
    Client,
    DashMapStateStore<Client>,
    MonotonicClock,
    NoOpMiddleware<<MonotonicClock as Clock>::Instant>,
>;

/// A rate limiter by the generic cell rate algorithm: `burst` requests at once, then `rate` a
/// second.
#[derive(Debug)]
pub(super) struct Rate {
    limiter: Limiter,
}

impl Rate {
    pub(super) fn new(rate: f64, burst: NonZeroU32) -> anyhow::Result<Self> {
        let period = Duration::try_from_secs_f64(1.0 / rate).ok();
        let quota = period.and_then(Quota::with_period).with_context(|| {
            format!("--rate: expected between 1e-9 and 1e9 requests a second, found {rate}")
        })?;
        let quota = quota.allow_burst(burst);
        let store = DashMapStateStore::default();
        Ok(Self { limiter: RateLimiter::new(quota, store, MonotonicClock) })
    }

    /// Counts a request; an error is the time after which the next one is allowed.
    pub(super) fn check(&self, client: &Client) -> Result<(), Duration> {
        self.limiter.check_key(client).map_err(|until| until.wait_time_from(MonotonicClock.now()))
    }

    /// Forgets clients that have been quiet, so that addresses do not fill the memory.
    pub(super) fn forget_quiet_clients(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_a_wait_for_each_client() {
        let rate = Rate::new(0.01, NonZeroU32::new(2).unwrap()).unwrap();
        let one = Client::at([127, 0, 0, 1].into());
        assert_eq!(rate.check(&one), Ok(()));
        assert_eq!(rate.check(&one), Ok(()));
        let wait = rate.check(&one).unwrap_err();
        assert!(wait > Duration::from_secs(90) && wait <= Duration::from_secs(100), "{wait:?}");
        assert_eq!(rate.check(&Client::at([127, 0, 0, 2].into())), Ok(()));
        rate.forget_quiet_clients();
        assert!(rate.check(&one).is_err(), "a busy client was forgotten");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let at = |address: &str| Client::at(address.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::2:3"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }

    #[test]
    fn refuses_rates_that_are_none() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Rate::new(rate, NonZeroU32::MIN).is_err(), "{rate}");
        }
    }
}
