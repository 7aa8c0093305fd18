//! Fields to bytes and back.

use super::{Fault, MOST_EXPECTED, MOST_SAMPLES, MOST_TEXT};

pub(super) struct Writes(Vec<u8>);

impl Writes {
    pub(super) fn kind(kind: u8) -> Self {
        Self(vec![0, 0, 0, 0, kind])
    }

    pub(super) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(super) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    /// As much of it as a frame takes.
    pub(super) fn text(self, text: &str) -> Self {
        let mut end = text.len().min(MOST_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let mut this = self.u32(length(text.len()));
        this.0.extend(text.as_bytes());
        this
    }

    pub(super) fn texts(self, texts: &[String]) -> Self {
        let texts = &texts[..texts.len().min(MOST_EXPECTED)];
        let count = u16::try_from(texts.len()).unwrap_or(u16::MAX);
        texts.iter().fold(self.u16(count), |this, text| this.text(text))
    }

    pub(super) fn sound(self, sound: &[i16]) -> Self {
        let sound = &sound[..sound.len().min(MOST_SAMPLES)];
        let mut this = self.u32(length(sound.len()));
        this.0.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
        this
    }

    pub(super) fn whole(mut self) -> Vec<u8> {
        let bytes = length(self.0.len() - 4);
        self.0[..4].copy_from_slice(&bytes.to_be_bytes());
        self.0
    }
}

fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

pub(super) struct Reads<'a>(&'a [u8]);

impl<'a> Reads<'a> {
    /// Its kind, and what follows.
    pub(super) fn of(frame: &'a [u8]) -> Result<(u8, Self), Fault> {
        let (kind, rest) = frame.split_first().ok_or(Fault::Length(0))?;
        Ok((*kind, Self(rest)))
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, Fault> {
        self.chunk(field).map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, Fault> {
        self.chunk(field).map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, Fault> {
        self.chunk(field).map(u32::from_be_bytes)
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<String, Fault> {
        let bytes = self.length(field, MOST_TEXT)?;
        let text = self.take(field, bytes)?;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| Fault::Field(field))
    }

    pub(super) fn texts(&mut self, field: &'static str) -> Result<Vec<String>, Fault> {
        let count = usize::from(self.u16(field)?);
        if count > MOST_EXPECTED {
            return Err(Fault::Field(field));
        }
        (0..count).map(|_| self.text(field)).collect()
    }

    pub(super) fn sound(&mut self, field: &'static str) -> Result<Vec<i16>, Fault> {
        let samples = self.length(field, MOST_SAMPLES)?;
        let bytes = self.take(field, samples * 2)?;
        Ok(bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect())
    }

    pub(super) fn end(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Rest(self.0.len())) }
    }

    fn length(&mut self, field: &'static str, most: usize) -> Result<usize, Fault> {
        let length = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        if length > most { Err(Fault::Field(field)) } else { Ok(length) }
    }

    fn chunk<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Fault> {
        let (chunk, rest) = self.0.split_first_chunk().ok_or(Fault::Field(field))?;
        self.0 = rest;
        Ok(*chunk)
    }

    fn take(&mut self, field: &'static str, bytes: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Fault::Field(field))?;
        self.0 = rest;
        Ok(taken)
    }
}
