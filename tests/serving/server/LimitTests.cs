using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Server.Tests;

/// <summary>What a server takes on, over real sockets: sizes, lies about sizes, compression, slowness.</summary>
public sealed class LimitTests : IAsyncLifetime
{
    private const string Infer = "/v2/models/fp32/infer";
    private const int MaxBody = 50_000;

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.Start(
        [("fp32", ServerModels.Identity(ElementType.Float))],
        $"MaxBody={MaxBody}", "MaxTensor=40000", "Kestrel:Limits:RequestHeadersTimeout=00:00:01", "Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond=1000", "Kestrel:Limits:MinRequestBodyDataRate:GracePeriod=00:00:02");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(0, false, 200)]
    [InlineData(0, true, 200)]
    [InlineData(1, false, 413)]
    [InlineData(1, true, 413)]
    [InlineData(1_000_000, false, 413)]
    [InlineData(1_000_000, true, 413)]
    public async Task A_body_of_the_limit_is_taken_and_a_larger_one_is_not(int more, bool isChunked, int expected)
    {
        byte[] json = Request(1);
        byte[] body = [.. json, .. Enumerable.Repeat((byte)' ', MaxBody - json.Length + more)];
        using var request = new HttpRequestMessage(HttpMethod.Post, Infer) { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = isChunked;
        using HttpResponseMessage response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (int)response.StatusCode);
        await AssertAlive();
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Compressed_bodies_are_read_up_to_the_limit(string encoding)
    {
        Assert.Equal(HttpStatusCode.OK, (await PostCompressed(encoding, Request(3))).Status);
        (HttpStatusCode status, int sent) = await PostCompressed(encoding, [.. Request(3), .. Enumerable.Repeat((byte)' ', 10_000_000)]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.InRange(sent, 1, MaxBody);
        await AssertAlive();
    }

    [Fact]
    public async Task A_body_that_is_not_what_its_header_says_is_refused()
    {
        foreach (byte[] body in (byte[][])[Request(1), [], [0x1f, 0x8b, 8, 0]])
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentEncoding.Add("gzip");
            using HttpResponseMessage response = await _server.Client.PostAsync(Infer, content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        using var brotli = new ByteArrayContent([0xff, 0xff, 0xff, 0xff]);
        brotli.Headers.ContentEncoding.Add("br");
        using HttpResponseMessage damaged = await _server.Client.PostAsync(Infer, brotli, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, damaged.StatusCode);

        using var unknown = new ByteArrayContent(Request(1));
        unknown.Headers.ContentEncoding.Add("zstd");
        using HttpResponseMessage refused = await _server.Client.PostAsync(Infer, unknown, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.StatusCode);
    }

    [Fact]
    public async Task A_tensor_that_would_grow_beyond_its_limit_is_refused()
    {
        (int status, JsonElement answer) = await _server.Post(Infer, $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,12000],"data":[{{string.Join(",", Enumerable.Repeat("1", 12_000))}}]}]}""");
        Assert.Equal(400, status);
        Assert.Contains("40000 bytes that a tensor may have", answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 1000000000000", 413)]
    [InlineData("Content-Length: -5", 400)]
    [InlineData("Content-Length: 5\r\nContent-Length: 6", 400)]
    [InlineData("Content-Length: 99999999999999999999", 400)]
    [InlineData("Transfer-Encoding: nonsense", 400)]
    public async Task A_length_that_cannot_be_is_refused(string header, int expected)
    {
        string answer = await Talk($"POST {Infer} HTTP/1.1\r\nHost: here\r\n{header}\r\n\r\nrubbish");
        Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
        await AssertAlive();
    }

    [Theory]
    [InlineData("zz\r\n", 400)]
    [InlineData("ffffffffffffffffff\r\n", 400)]
    [InlineData("5\r\nhello", -1)]
    public async Task Chunks_that_are_none_are_refused(string chunk, int expected)
    {
        string answer = await Talk($"POST {Infer} HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        if (expected > 0)
            Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
        await AssertAlive();
    }

    [Fact]
    public async Task Clients_that_send_too_slowly_are_let_go()
    {
        Task<string> header = Talk("POST /v2/models/fp32/infer HTTP/1.1\r\nHost: he"), body = Talk($"POST {Infer} HTTP/1.1\r\nHost: here\r\nContent-Length: 2000\r\n\r\n{{");
        Assert.StartsWith("HTTP/1.1 408 ", await body, StringComparison.Ordinal);
        Assert.True((await header).Length == 0 || (await header).StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal));
        await AssertAlive();
    }

    [Fact]
    public async Task Clients_that_leave_do_no_harm()
    {
        for (int i = 0; i < 200; i++)
        {
            using var client = new TcpClient(_server.Url.Host, _server.Url.Port);
            byte[] request = [.. Encoding.ASCII.GetBytes($"POST {Infer} HTTP/1.1\r\nHost: here\r\nContent-Length: {Request(1).Length}\r\n\r\n"), .. Request(1)];
            await client.GetStream().WriteAsync(request.AsMemory(0, request.Length * i / 199), TestContext.Current.CancellationToken);
        }

        await AssertAlive();
    }

    [Fact]
    public async Task Bodies_of_all_clients_together_have_a_limit()
    {
        await using RunningServer server = await RunningServer.Start([("fp32", ServerModels.Identity(ElementType.Float))], "MaxBody=1000000", "MaxMemory=1400000");
        byte[] head = Encoding.ASCII.GetBytes($"POST {Infer} HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\n\r\n");
        using var first = new TcpClient(server.Url.Host, server.Url.Port);
        await first.GetStream().WriteAsync(head, TestContext.Current.CancellationToken);
        await first.GetStream().WriteAsync(new byte[800_000], TestContext.Current.CancellationToken);
        int status = 0;
        for (int i = 0; i < 400 && status != 503; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
            using var content = new ByteArrayContent([.. Request(1), .. Enumerable.Repeat((byte)' ', 500_000)]);
            using HttpResponseMessage response = await server.Client.PostAsync(Infer, content, TestContext.Current.CancellationToken);
            status = (int)response.StatusCode;
            Assert.True(status is 200 or 503);
        }

        Assert.Equal(503, status);
        first.Close();
        for (int i = 0; i < 200 && status != 200; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
            using var content = new ByteArrayContent([.. Request(1), .. Enumerable.Repeat((byte)' ', 500_000)]);
            using HttpResponseMessage response = await server.Client.PostAsync(Infer, content, TestContext.Current.CancellationToken);
            status = (int)response.StatusCode;
        }

        Assert.Equal(200, status);
    }

    [Fact]
    public async Task Http_2_over_tls_speaks_the_same()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var folder = new TemporaryFolder();
        string file = folder.Write("server.pfx", certificate.Export(X509ContentType.Pfx, "secret"));
        await using RunningServer server = await RunningServer.Start(
            [("fp32", ServerModels.Identity(ElementType.Float))],
            "Kestrel:Endpoints:Tls:Url=https://127.0.0.1:0", $"Kestrel:Endpoints:Tls:Certificate:Path={file}", "Kestrel:Endpoints:Tls:Certificate:Password=secret");
        using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString() } };
        using var client = new HttpClient(handler) { BaseAddress = server.Server.Urls.Select(url => new Uri(url)).Single(url => url.Scheme == "https"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.PostAsync(Infer, new ByteArrayContent(Request(5)), TestContext.Current.CancellationToken)));
        foreach (HttpResponseMessage answer in answers)
        {
            Assert.Equal(HttpVersion.Version20, answer.Version);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }
    }

    private static byte[] Request(int rows) => Encoding.UTF8.GetBytes($$"""{"inputs":[{"name":"x","datatype":"FP32","shape":[{{rows}},2],"data":[{{string.Join(",", Enumerable.Range(0, rows * 2))}}]}]}""");

    private async Task<(HttpStatusCode Status, int Sent)> PostCompressed(string encoding, byte[] body)
    {
        using var compressed = new MemoryStream();
        await using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true),
            "deflate" => new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true),
            _ => new BrotliStream(compressed, CompressionLevel.Fastest, leaveOpen: true),
        })
            await stream.WriteAsync(body);
        // Below the limit itself, whatever it becomes.
        byte[] sent = compressed.ToArray();
        using var content = new ByteArrayContent(sent);
        content.Headers.ContentEncoding.Add(encoding);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _server.Client.PostAsync(Infer, content);
        return (response.StatusCode, sent.Length);
    }

    // What the server says until it ends the connection, which it must.
    private async Task<string> Talk(string request)
    {
        using var client = new TcpClient(_server.Url.Host, _server.Url.Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        if (request.EndsWith("hello", StringComparison.Ordinal))
            return "";
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30))) > 0;)
                answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // What was still on its way resets the connection.
        }

        return answer.ToString();
    }

    private async Task AssertAlive() => Assert.Equal(200, (await _server.Post(Infer, Encoding.UTF8.GetString(Request(1)))).Status);
}
