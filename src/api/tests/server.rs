//! A server on a loopback socket that writes exactly the bytes it is told, whole or broken.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
pub enum Wire {
    /// Write these bytes and keep the connection.
    Write(Vec<u8>),
    /// Write these bytes and close.
    WriteAndClose(Vec<u8>),
    /// Write these bytes and reset the connection.
    WriteAndReset(Vec<u8>),
    /// Write these bytes, then nothing more.
    WriteAndHang(Vec<u8>),
}

/// A running server; it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers by a script that is told the request's number, from 1.
    pub async fn start(script: impl Fn(usize) -> Wire + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(script);
        let log = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), log.clone()));
            }
        });
        Self { address, requests }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Head of each request so far, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<impl Fn(usize) -> Wire>,
    log: Arc<Mutex<Vec<String>>>,
) {
    let mut read = Vec::new();
    loop {
        while !read.ends_with(b"\r\n\r\n") {
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(n) => read.extend_from_slice(&piece[..n]),
            }
        }
        let number = {
            let mut log = log.lock().unwrap();
            log.push(String::from_utf8_lossy(&read).to_lowercase());
            log.len()
        };
        read.clear();
        let step = script(number);
        let (Wire::Write(bytes)
        | Wire::WriteAndClose(bytes)
        | Wire::WriteAndReset(bytes)
        | Wire::WriteAndHang(bytes)) = &step;
        if stream.write_all(bytes).await.is_err() {
            return;
        }
        match step {
            Wire::Write(_) => {}
            Wire::WriteAndClose(_) => return,
            Wire::WriteAndReset(_) => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Wire::WriteAndHang(_) => std::future::pending().await,
        }
    }
}

/// An answer in HTTP's own form.
pub fn http(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}
