//! The stored bytes of every sample: a journal written today must be read for ever.

use super::samples::SAMPLES;
use super::*;

/// The samples' storage form, in the order of the samples; rows may be added to, never changed.
const STORED: &[&str] = &[
    // ChatCreated
    "0a0275311203416e6e180222130802120c6170707e6170704b616b616f1a0173280132022f703a017440034a026b6f52096d\
     6573736167696e675a120a0177120d0a0863616d706169676e12016d62090a01651201691a016f6a01317201327801",
    // MeetStarted
    "0a016d10021a013122013228013201333a0134",
    // ChatWorkflowStarted
    "0a0177",
    // ChatWorkflowEnded
    "0a0177",
    // VaAssigned
    "0a060a017612016e",
    // VaConnected
    "0a060a017612016e12046d656e75",
    // ChatAlfStarted
    "",
    // QueueEntered
    "0a0171120b0a016d12016e1a03612f6218082202656e2a0174321b0900000000008034401100000000000054401900000000\
     00001440",
    // QueueLeft
    "0a017110061a0141220164",
    // ChatOpened
    "0804120141",
    // VaEscalated
    "0a01721201641a090a016d12016e1a0161",
    // VaEnded
    "080310ffffffffffffffffff01",
    // ChatAlfEnded
    "",
    // ChatAlfScored
    "090000000000001140",
    // ChatTeamAssigned
    "0a0174",
    // ChatUnassigned
    "",
    // ChatAssigned
    "0a01411201741a0f0a016e1201661a016c2201372a0175",
    // AgentConnected
    "0a01411201701a090a016d12016e1a0161",
    // MeetEngaged
    "0a016d120141",
    // MessageSent
    "0a016d120508031201621801200228013001",
    // AgentHeld
    "0a0141",
    // AgentResumed
    "0a0141",
    // ChatTransferred
    "0a017410031a016622090a016d12016e1a01612a0a0a026d3212016e1a016132120a014112016e1a016622016c2a01373201\
     753a120a014212016e1a016622016c2a01373201754000",
    // ChatFollowersSet
    "0a01410a0142",
    // ChatTagged
    "0a01780a017912017a",
    // ChatUpdated
    "0a030a017412030a01641a02080122050a03416e6e2a040a026b6f320208013a0b0a090a016d12016e1a0161421b0a197b22\
     61223a2278222c2262223a5b312e35302c6e756c6c5d7d4a0b08fdffffffffffffffff01",
    // ChatGoalSet
    "0802120165",
    // ChatProfileSet
    "0a090a04637361741201350a150a0b63736174436f6d6d656e74120622676f6f64220a060a04676f6e650a1a0a0474696572\
     12127b2261223a5b747275655d2c2262223a317d",
    // ChatCsatRequested
    "",
    // ChatCsatSubmitted
    "080510021a026f6b",
    // ChatFeedback
    "080412026f6b",
    // ChatTicketLinked
    "0a0174120175",
    // ChatRecordingSet
    "0803120175",
    // ChatMediaAdded
    "08021201691a0175220170",
    // ChatSmartAction
    "080410001a0175",
    // ChatInCallMessage
    "08031207494e424f554e44",
    // ChatOffered
    "08021201671a0422333022",
    // ParticipantJoined
    "0a017010041a01752201652a0173320166",
    // ParticipantLeft
    "0a017010041a01752201652a0173320166",
    // ChatSnoozed
    "0a1622323032362d30332d30335430393a30303a30305a22",
    // ChatMissed
    "0807",
    // MeetEnded
    "0a016d120172",
    // AgentDisconnected
    "0a0141120165",
    // ChatClosed
    "080412014118042201732a0166320172",
    // AgentWrapUpStarted
    "0a0141",
    // AgentWrapUpEnded
    "0a0141",
    // ChatDispositionSet
    "0a01610a016212016e",
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn stored_bytes_never_change() {
    assert_eq!(STORED.len(), SAMPLES.len());
    for (sample, &stored) in SAMPLES.iter().zip(STORED) {
        let (data, _) = EventData::from_json(sample.kind, sample.data).expect("samples are valid");
        assert_eq!(hex(&data.encode()), stored, "{:?}", sample.kind);
    }
}

#[test]
fn what_a_newer_version_adds_is_skipped_and_what_is_broken_is_an_error() {
    let missed = EventData::decode(Kind::ChatMissed, &[0x08, 7]);
    assert!(missed.is_ok());
    assert_eq!(EventData::decode(Kind::ChatMissed, &[0x08, 7, 0xf8, 0x07, 1, 0xfa, 0x07, 1, b'x']), missed);
    let broken: &[&[u8]] = &[&[], &[0x08], &[0x08, 99], &[0x08, 0], &[0x0a, 1, 7], &[0x08, 7, 0xfa, 0x07, 9]];
    for bytes in broken {
        assert!(EventData::decode(Kind::ChatMissed, bytes).is_err(), "{bytes:?}");
    }
    assert!(EventData::decode(Kind::AgentHeld, &[0x0a, 1, 0xff]).is_err(), "not UTF-8");
    assert!(EventData::decode(Kind::AgentHeld, &[0x0a, 9, b'x']).is_err(), "cut off");
}
