//! Google's speech: by a token of a service account, over REST.

use serde_json::{Value, json};
use vigie::config::{BaseUrl, Config, GoogleConfig};
use vigie::prompts::Sound;
use vigie::voice::{Ears, Mouth, Pcm, VoiceError, Wire, google};

use super::{bytes, tone};
use crate::support::ai_server::{AiServer, Answers};

/// A key file whose tokens that server gives, and settings by which it is Google.
fn set_up(server: &AiServer) -> (tempfile::TempDir, GoogleConfig) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("http://127.0.0.1:{}", server.port);
    let key = json!({
        "type": "service_account",
        "private_key_id": "k1",
        "private_key": include_str!("../../support/google/no-ones-key.pem"),
        "client_email": "vigie@project.iam.gserviceaccount.com",
        "token_uri": format!("{address}/oauth/token"),
    });
    std::fs::write(folder.path().join("key.json"), key.to_string()).unwrap();
    let all = [("GOOGLE_APPLICATION_CREDENTIALS".to_owned(), "key.json".to_owned())];
    let config = Config::read(folder.path(), None, all).unwrap().google.unwrap();
    assert_eq!(config.mouth.of("text:synthesize"), "https://texttospeech.googleapis.com/v1/text:synthesize");
    assert_eq!(config.ears.of("speech:recognize"), "https://speech.googleapis.com/v1/speech:recognize");
    let here = BaseUrl::parse(&format!("{address}/v1")).unwrap();
    (folder, GoogleConfig { mouth: here.clone(), ears: here, ..config })
}

#[actix_web::test]
async fn google_hears_and_speaks_by_a_token_that_is_asked_for_once() {
    let tone = tone(8_000);
    let spoken = Sound::of_samples(tone.iter().copied(), 8_000).unwrap().wav();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &spoken);
    let recognised = r#"{"results":[{"alternatives":[{"transcript":"ma box","confidence":0.9}],"resultEndTime":"0.8s","languageCode":"fr-fr"},{"alternatives":[{"transcript":" clignote","confidence":0.8}]}],"totalBilledTime":"1s","requestId":"1"}"#;
    let token = r#"{"access_token":"ya29.c.secret-of-an-hour","expires_in":3599,"token_type":"Bearer"}"#;
    let json = |body: &str| Answers::Whole("application/json; charset=UTF-8", body.into(), 700);
    let expired = r#"{"error":{"code":401,"message":"Request had invalid credentials: ya29.c.secret-of-an-hour","status":"UNAUTHENTICATED"}}"#;
    let server = AiServer::start([
        json(token),
        json(&format!(r#"{{"audioContent":"{base64}"}}"#)),
        json(recognised),
        json("{}"),
        Answers::Status("401 Unauthorized", expired),
        json(&token.replace("an-hour", "another")),
        json(recognised),
        json(r#"{"audioContent":"UklGRg=="}"#),
    ]);
    let (folder, config) = set_up(&server);
    let account = google::Account::read(&config.credentials).unwrap();
    let wire = Wire::start().unwrap();
    let speech = google::Speech::new(&config, &wire, &account);
    let hearing = google::Hearing::new(&config, &wire, &account);
    let heard = speech.speak("Bonjour !", "fr").await.unwrap();
    let far = heard.iter().zip(&tone).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(heard.len() == tone.len() && far <= Some(1), "no head of a file is played: {far:?}");
    let utterance = Pcm::from(tone.clone());
    let understood = hearing.understand(utterance.clone(), "fr").await.unwrap();
    assert_eq!((understood.text.as_str(), understood.confidence), ("ma box clignote", Some(85)));
    let nobody = hearing.understand(utterance.clone(), "en").await.unwrap();
    assert_eq!((nobody.text.as_str(), nobody.confidence), ("", None));
    // a token that was taken back
    let why = hearing.understand(utterance.clone(), "fr").await.unwrap_err();
    assert!(
        matches!(&why, VoiceError::Missing(why) if why.contains("401") && !why.contains("ya29")),
        "{why:?}"
    );
    assert!(hearing.understand(utterance.clone(), "fr").await.is_ok(), "another one is asked for");
    assert!(matches!(speech.speak("Bonjour !", "fr").await, Err(VoiceError::Refused(_))), "half a file");

    let asked = server.asked();
    let paths: Vec<_> = asked.iter().map(|asked| asked.head.split(' ').nth(1).unwrap()).collect();
    let (word, say, hear) = ("/oauth/token", "/v1/text:synthesize", "/v1/speech:recognize");
    assert_eq!(paths, [word, say, hear, hear, hear, word, hear, say]);
    assert!(
        asked[1].head.to_ascii_lowercase().contains("authorization: bearer ya29.c.secret-of-an-hour\r\n")
    );
    let body: Value = serde_json::from_slice(&asked[1].body).unwrap();
    let audio = json!({"audioEncoding": "LINEAR16", "sampleRateHertz": 8000});
    let voice = json!({"languageCode": "fr-FR", "name": "fr-FR-Wavenet-A"});
    assert_eq!(body, json!({"input": {"text": "Bonjour !"}, "voice": voice, "audioConfig": audio}));
    let body: Value = serde_json::from_slice(&asked[2].body).unwrap();
    assert_eq!(body["config"]["languageCode"], "fr-FR");
    let sent = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        body["audio"]["content"].as_str().unwrap(),
    );
    assert_eq!(sent.unwrap(), bytes(&tone));
    is_signed(&asked[0].body, &format!("http://127.0.0.1:{}/oauth/token", server.port));

    for (what, text) in [
        ("none", "{}"),
        ("nonsense", "a"),
        ("no key", r#"{"client_email":"a","private_key":"hunter2","token_uri":"https://a/b"}"#),
    ] {
        std::fs::write(folder.path().join("key.json"), text).unwrap();
        let Err(VoiceError::Missing(why)) = google::Account::read(&config.credentials) else {
            panic!("{what}")
        };
        assert!(why.contains("key.json") && !why.contains("hunter2"), "{why}");
    }
}

/// A word of the account, by its key and for that address.
fn is_signed(body: &[u8], address: &str) {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let body = String::from_utf8_lossy(body);
    let word = body
        .strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        .expect("a grant");
    let (text, signature) = word.rsplit_once('.').unwrap();
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.split_once('.').unwrap().1).unwrap()).unwrap();
    assert_eq!(
        (&claims["aud"], &claims["iss"]),
        (&json!(address), &json!("vigie@project.iam.gserviceaccount.com"))
    );
    let lines =
        include_str!("../../support/google/no-ones-key.pem").lines().filter(|line| !line.starts_with('-'));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let key = ring::signature::RsaKeyPair::from_pkcs8(&der).unwrap();
    let public = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        key.public().as_ref().to_vec(),
    );
    public
        .verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .expect("signed by the account");
}
