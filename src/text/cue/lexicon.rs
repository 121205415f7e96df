//! Words that say what happens, and to what: a role for each.
//!
//! The lists are ordinary English of market news, written for this project. A word stands here if
//! its role is the same in nearly every headline; how good or bad a word is by itself is left to
//! its own coefficient.

use alloc::boxed::Box;

use once_cell::race::OnceBox;

use super::super::hash::hash;
use super::super::word_list::{folded, folded_length, for_each_word};
use super::Role::{
    self, Avert, Bad, Begin, Border, Costly, Cut, Deny, Down, End, Good, Harm, Higher, In, Lower,
    None, Not, Out, OutBegins, Prep, Price, Raise, Though, Up,
};

/// Words of each role, lowercase, none twice.
const WORDS: &[(Role, &str)] = &[
    // What a holder, a user or an economy wants more of.
    (
        Good,
        "activity adoption aid altcoins appetite approval approvals assets backing best bonds \
         bookings boom bounce breakthrough bull bulls business buybacks capacity cash clearance \
         client clients coin coins collateral comeback compensation competitiveness confidence \
         construction consumers consumption contract contracts cooperation cover coverage credit \
         cryptocurrencies currency customer customers deal deals deliveries delivery demand \
         deposit deposits developers dividend dividends donations earners earnings economy \
         employees employment endorsement engagement enthusiasm equities euphoria exporters \
         exports factories faith farmers flights footfall foothold forecast forecasts fortunes \
         freedom funding funds futures gdp goal growth guests guidance harvest harvests hashrate \
         headcount hiring homebuilders hope hopes households housing improvement income incomes \
         inflow inflows installations interest investment investments investors jobs leadership \
         licence licences license licenses liquidity listing listings longs loyalty margin \
         margins market markets membership merger momentum mood morale occupancy openings \
         operations optimism order orders outlook output ownership partner partners partnership \
         partnerships passengers patent patents payout payouts payrolls peg permission permit \
         permits pipeline popularity preorders prestige privileges production productivity profit \
         profitability profits progress projects prospects prosperity purchases rallies rally \
         rating ratings rebates rebound recovery refund refunds registrations relief rents \
         reserves restitution retention returns revenue revenues reward rewards runway safety \
         salaries sales satisfaction savers sentiment services share shares shipments shoppers \
         solvency spending sponsorship stability staff stake stakes staking startups stimulus \
         stock stocks subscribers subscriptions subsidies subsidy supply support surplus takeover \
         takings talent talks tenants throughput token tokens tourism tourists trade trading \
         traffic transactions treasury truce truces turnover upgrade uptime users valuation \
         valuations visitors volume volumes vouchers wages wallets wins withdrawals workers \
         workforce yield yields",
    ),
    // What a holder, a user or an economy wants less of.
    (
        Bad,
        "abuse accident accidents accusation accusations alarm allegation allegations anger \
         anxiety arrears arrest arrests attack attackers attacks backdoor backdoors backlash \
         backlog backlogs bad bailout bailouts ban bankruptcies bankruptcy bans bear bears bias \
         blacklist blackout blackouts blockade bottleneck bottlenecks boycott breach breaches \
         bribery bubble bug bugs burden burdens cancellations carnage cartel case cases \
         casualties charge charges churn closure closures collapse collusion complaint complaints \
         concern concerns conflict congestion contagion contamination conviction convictions \
         corruption cost costs counterfeit counterfeits crackdown crash crime crimes crisis \
         crunch curb curbs cutbacks cyberattack cyberattacks damage damages danger death deaths \
         debt debts default defaults defects deficit deficits delay delays delinquencies \
         delisting delistings depreciation difficulties dilution discontent dismissals dispute \
         disputes disruption disruptions distress doubt doubts downgrade downgrades downtime \
         downturn dropouts drought duties duty embargo embezzled embezzlement emergency emissions \
         erosion error errors eviction evictions exodus expenses exploit exploits expulsion \
         failure failures fallout fatigue fear fears fee fees fine fines fire fires flaw flaws \
         flood foreclosure foreclosures forgery fraud frauds fraudsters freeze freezes friction \
         frictions gaps glitch glitches gloom glut guilt hack hackers hacks hardship hardships \
         headwinds hole holes hostilities hostility hurdle hurdles hyperinflation illiquidity \
         impairment impairments impasse indictment inflation injunction injuries inquiries \
         inquiry insolvencies insolvency instability intruders intrusion investigation \
         investigations jail joblessness judgment laundering lawsuit lawsuits layoffs leak leaks \
         levies levy liabilities liquidation liquidations litigation lockout lockouts loophole \
         loopholes looted loss losses malware manipulation misconduct monopoly moratorium \
         obstacle obstacles outage outages outflow outflows overcapacity overcharging overhang \
         oversupply panic penalties penalty pessimism phishing piracy plot plunder pollution \
         ponzi poverty pressure pressures probe probes problem problems prosecution protests \
         quarrel queues quotas raid raids ransom ransomware rate rates recall recalls \
         receivership recession redemptions redundancies resignation resignations resistance \
         restriction restrictions rift risk robberies robbers robbery rout sanction sanctions \
         scam scammers scams scandal scrutiny selloff shock shortage shortages shortfall \
         shortfalls shorting shorts shutdown shutdowns siege skepticism slippage slowdown slump \
         smuggling spam spill spills spyware squeeze standoff standstill stigma stolen strain \
         strains stress strike strikes suit suits surcharge surcharges takedown tampering tantrum \
         tariff tariffs tax taxes tension tensions termination terrorism theft thefts thieves \
         threat threats tightening toll toxic trojan trouble troubles turbulence turmoil \
         uncertainty unemployment unrest unsold upheaval vacancies vacancy victims violations \
         volatility vulnerabilities vulnerability war warning warnings weakness withdrawal woes \
         worries worry worst writedown writedowns wrongdoing",
    ),
    // There is more of the thing before the word.
    (
        Up,
        "accelerate accelerated accelerates advanced balloon ballooned balloons brighten \
         brightened brightens builds climb climbed climbs deepen deepened deepens doubled doubles \
         escalate escalated escalates expand expanded expands explode exploded explodes flourish \
         flourishes gained gains grew grow grown grows heighten heightened intensified \
         intensifies intensify jump jumped jumps leap leaped leaps leapt mount mounted mounts \
         multiplied multiplies multiply persist persisted persists pile piles quadrupled \
         quadruples quicken quickened quickens rebounded rebounds recovered recovers resume \
         resumed resumes resurge rise risen rises rocket rocketed rockets rose skyrocket \
         skyrocketed skyrockets snowball snowballed snowballs soar soared soars spike spiked \
         spikes spread spreads strengthen strengthened strengthens surge surged surges swell \
         swelled swells thrive thrived thrives topped tops triple tripled triples up widen \
         widened widens worsen worsened worsens",
    ),
    // There is more of the thing after the word.
    (
        Raise,
        "add added adding adds aided aids attract attracted attracts beat beating beats boost \
         boosted boosting boosts cheer cheered cheers create created creates creating delight \
         delights drive drives enjoy enjoyed enjoys exceed exceeded exceeds extend extended \
         extends fueled fuelled fuels gain gather gathers help helped helps hike hiked hikes \
         hiking improve improved improves improving increase increased increases increasing \
         inflate inflates lift lifted lifting lifts lured lures pulling raise raised raises \
         raising ramps reassure reassured reassures renew renewed renews restore restored \
         restores revive revived revives secure secured secures spark sparked sparks stoke stoked \
         stokes winning",
    ),
    // There is less of the thing before the word.
    (
        Down,
        "abate abated abates calm calmed calms collapsed collapses contracted cool cooled cools \
         crumble crumbled crumbles decline declined declines decrease decreased decreases \
         deteriorate deteriorated deteriorates diminish diminished diminishes dip dipped dips \
         disappear disappeared disappears dissipate dissipated dissipates dive dived dives down \
         dried dries drop drops dry dwindle dwindled dwindles ease eased eases ebb ebbed ebbs \
         erode eroded erodes evaporate evaporated evaporates fade faded fades fall fallen falls \
         falter faltered falters fell fizzle fizzled fizzles halve halved halves lag lagged lags \
         lighten lightens lost melt melted melts moderate moderated moderates narrow narrowed \
         narrows nosedive nosedives peter petered peters plummet plummeted plummets plunge \
         plunged plunges recede receded recedes retreat retreated retreats sag sagged sags sank \
         shrank shrink shrinks shrunk sink sinks slacken slackened slackens slid slide slides \
         slip slipped slips slow slowed slows slumped slumps stagnate stagnated stagnates stall \
         stalled stalls subside subsided subsides taper tapered tapers thin thinned thins tumble \
         tumbled tumbles undershoot undershoots vanish vanished vanishes wane waned wanes weaken \
         weakened weakens wither withered withers",
    ),
    // There is less of the thing after the word.
    (
        Cut,
        "bleed bleeding bleeds burns curtail curtailed curtails cut cuts cutting dampen dampened \
         dampens deplete depleted depress depressed drag dragged drags lose loses losing lowered \
         lowering lowers miss missed misses pare pared pares reduce reduced reduces reducing \
         shave shaved shaves shed shedding sheds shorten shortened shortens slash slashed slashes \
         slashing squeezed squeezes trim trimmed trimming trims undercut undercuts",
    ),
    // Something begins, or is said to be so.
    (
        Begin,
        "admit admits admitted alleges announces award awarded awards begin begins booking cause \
         caused causes charged confirm confirmed confirms detect detected detects discover \
         discovered discovers enter enters erupt erupted erupts face faced faces facing feared \
         file filed files filing find finds flag flagged flags found fresh grant granted grants \
         impose imposed imposes imposing introduce introduced introduces issued issues launch \
         launched launches looming looms opens pass passed passes post posted posts predict \
         predicts prompt prompted prompts receive received receives reintroduce reveal revealed \
         reveals signed signs slap slapped slaps start started starting starts suffer suffered \
         suffering suffers trigger triggered triggers uncover uncovered uncovers unleash unveil \
         upheld uphold upholds warn warned warns",
    ),
    // Something ends.
    (
        End,
        "abandon abandoned abandons abolish abolished abolishes acquitted annul annulled annuls \
         axe axed axes cancel canceled cancelled cancels cease ceases clear cleared clears close \
         closed closes closing dismiss dismissal dismissed dismisses dissolved dissolves ditch \
         ditched ditches end ended ending ends erase erased erases exits exonerated expire \
         expired expires fixed forgive forgiven free freed halted halts loosened loosens overcome \
         overcomes overturn overturned overturns patched pause paused pauses quash quashed \
         relaxed relaxes remove removed removes repeal repealed repeals rescind rescinded \
         resolved resolves reverse reversed reverses revoke revoked revokes scrap scrapped scraps \
         shelve shelved shelves shut shuts stop stopped stops suspend suspended suspends \
         terminate terminated terminates undo undone unfreeze unfreezes void voided voids waive \
         waived waives withdraw withdrawn withdraws withdrew",
    ),
    // Something does not come.
    (
        Avert,
        "avert averted averting averts avoid avoided avoiding avoids contain contained contains \
         counter counters defuse defused defuses deter deterred deters dodge dodged dodges duck \
         ducked ducks escape escaped escapes escaping evade evaded evades fend fended foil foiled \
         foils neutralise neutralised neutralize prevent prevented preventing prevents rebuff \
         rebuffed rebuffs repel repelled repels resist resisted resists shield shielded shields \
         shrug shrugged shrugs sidestep sidesteps spare spared stave staved staves survive \
         survived survives thwart thwarted thwarts weather weathered weathers withstand \
         withstands withstood",
    ),
    // Somebody says no.
    (
        Deny,
        "banned bar barred bars block blocked blocking blocks debunk debunked debunks defeat \
         defeated delayed denied denies deny denying disallow forbid forbidden forbids froze \
         frozen oppose opposed opposes outlaw outlawed outlaws postpone postponed postpones \
         prohibit prohibited prohibits refuse refused refuses refute refuted refutes reject \
         rejected rejecting rejects scuppers struck unwind veto vetoed vetoes withheld withhold \
         withholds",
    ),
    // Negations, which turn what follows into its opposite.
    (
        Not,
        "aren cannot couldn didn doesn don fail failed failing fails hardly hasn haven impossible \
         isn lack lacks neither never no none nor not rarely unable unlikely wasn weren without \
         wouldn",
    ),
    // Begins a concessive clause, which counts less than what stands beside it.
    (Though, "although despite notwithstanding regardless shrugging though unlike"),
    // Begins another clause.
    (
        Border,
        "after as because before but even following send sending sends sent since until when \
         whereas while yet",
    ),
    // "rules out", "throws out", "calls off"
    (Out, "off out"),
    (OutBegins, "phase phased phases rule ruled rules ruling threw throw throwing thrown throws"),
    // Prepositions, which begin something other than an object.
    (
        Prep,
        "$ about above against almost amid around at below by for from into nearly on over per \
         roughly some than through to under with within",
    ),
    // Prepositions that join an amount to a thing: "drop in outages", "end of the strike".
    (In, "in of"),
    // There is more of the thing right after the word, or else before it.
    (
        Higher,
        "accelerating advancing ballooning climbing deepening doubling escalating expanding \
         gaining greater growing heavier heavy high higher highest intensifying jumping leaping \
         more mounting quickening record recovering rising soaring spreading strong stronger \
         strongest surging swelling swollen tighter widening wider worsening",
    ),
    // There is less of the thing right after the word, or else before it.
    (
        Lower,
        "abating cheaper collapsing cooling declining decreasing dropping dwindling easing ebbing \
         fading falling fewer fewest less lighter low lower lowest milder narrowing plunging poor \
         receding shorter shrinking sinking sliding slipping slower slowing slumping smaller \
         softer sour subsiding tumbling waning weak weakening weaker weakest",
    ),
    // There is less of the thing after the word, and of no other.
    (
        Harm,
        "cheat cheating cheats cripple crippled cripples crush crushed crushes crushing defraud \
         defrauding defrauds dent dented dents derail derailed derails disrupt disrupted disrupts \
         drain draining drains empties harm harmed harms hobble hobbles hurt hurting hurts \
         jeopardise jeopardize knock knocks loot loots paralyse paralysed paralyses paralyze \
         paralyzes rob robbed robs scare scares spook spooked spooks steal stealing steals \
         threaten threatened threatens trick tricks undermine undermined undermines wreck wrecks",
    ),
    // A good thing, unless it is the price of a costly thing.
    (Price, "price prices"),
    // Things that are consumed, and should be cheap.
    (
        Costly,
        "consumer energy food fuel gas grocery heating import petrol power producer rent \
         wholesale",
    ),
];

/// The number of slots of the table, of which at most half are taken.
const SLOTS: usize = 1 << 12;

/// A hash table with linear probing: a tag of the word's hash and the role of the word in each
/// slot. About one in ten thousand words that stand in no list is taken for one that does. It is
/// the same word in every text, and without the words themselves the table has half the bytes.
#[derive(Debug)]
pub(super) struct Lexicon {
    slots: [(u16, Role); SLOTS],
    /// Whether the slot is the home of a trigger word: few words have such a home, and the others
    /// need no search.
    leads_to_trigger: [bool; SLOTS],
}

impl Lexicon {
    /// The lexicon, which is made when a text is first looked through: tags can't be compressed,
    /// and the words can.
    pub(super) fn get() -> &'static Self {
        static LEXICON: OnceBox<Lexicon> = OnceBox::new();
        LEXICON.get_or_init(|| Box::new(Self::new()))
    }

    fn new() -> Self {
        let (mut slots, mut leads_to_trigger) = ([(0, None); SLOTS], [false; SLOTS]);
        for_each_word(&FOLDED, |word, list| {
            let hash = hash(word);
            let mut slot = home(hash);
            while slots[slot].1 != None && slots[slot].0 != tag(hash) {
                slot = (slot + 1) % SLOTS;
            }
            if slots[slot].1 == None {
                let role = ROLES.get(list).copied().unwrap_or_default();
                slots[slot] = (tag(hash), role);
                leads_to_trigger[home(hash)] |= role.is_trigger();
            }
        });
        Self { slots, leads_to_trigger }
    }

    /// Whether a word, given by its hash, has a [trigger's](Role::is_trigger) role.
    #[inline]
    pub(super) fn is_trigger(&self, hash: u64) -> bool {
        self.leads_to_trigger[home(hash)] && self.role_of(hash).is_trigger()
    }

    /// The role of a word, given by its hash.
    #[inline]
    pub(super) fn role_of(&self, hash: u64) -> Role {
        let mut slot = home(hash);
        loop {
            let (other, role) = self.slots[slot];
            if role == None || other == tag(hash) {
                return role;
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// The home slot of a hash.
const fn home(hash: u64) -> usize {
    hash as usize % SLOTS
}

/// The bits of a hash that tell apart the words with one home slot.
const fn tag(hash: u64) -> u16 {
    (hash >> 24) as u16
}

/// The words front coded, and the role of each list of them.
static FOLDED: [u8; FOLDED_LENGTH] = folded(WORDS);
const FOLDED_LENGTH: usize = folded_length(WORDS);
static ROLES: [Role; WORDS.len()] = {
    let (mut roles, mut list) = ([None; WORDS.len()], 0);
    while list < WORDS.len() {
        roles[list] = WORDS[list].0;
        list += 1;
    }
    roles
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_role_and_is_found_by_its_hash() {
        let (lexicon, mut words) = (Lexicon::get(), Vec::new());
        for (role, list) in WORDS {
            for word in list.split_whitespace() {
                assert!(
                    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'$'),
                    "{word}"
                );
                assert_eq!(lexicon.role_of(hash(word.as_bytes())), *role, "{word}");
                words.push(word);
            }
        }
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(words.len() * 2 < SLOTS);
        let others = (0..100_000).map(|number| hash(format!("w{number}").as_bytes()));
        assert!(others.filter(|&hash| lexicon.role_of(hash) != None).count() < 10);
    }
}
