using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MnistAdder.Serving;

namespace MnistAdder.Server.Tests;

/// <summary>Pictures and numbers, one at a time and in lines, against the predictor that knows of no server.</summary>
public sealed class DigitSumRouteTests : IAsyncLifetime
{
    private static readonly string s_model = Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx");
    private static readonly string[] s_samples = [.. Directory.GetFiles(Path.Combine(Repository.Root, "artifacts", "pretrained", "samples"), "*.png").Order()];

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.Start([("mnist-adder", await File.ReadAllBytesAsync(s_model))], "MaxBody=100000");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Each_form_of_a_picture_gives_what_the_predictor_gives()
    {
        using var predictor = new DigitSumPredictor(s_model);
        foreach (string sample in s_samples)
        {
            byte[] encoded = await File.ReadAllBytesAsync(sample, TestContext.Current.CancellationToken);
            DigitSumPrediction expected = predictor.Predict(DigitImage.FromEncoded(encoded), 7);
            (HttpStatusCode status, JsonElement form) = await PostForm(encoded, "7", "?pixels=true");
            Assert.Equal(HttpStatusCode.OK, status);
            AssertIs(expected, form);

            string base64 = Convert.ToBase64String(encoded);
            AssertIs(expected, (await _server.Post("/v1/predict", $$"""{"image":"{{base64}}","number":7}""")).Json);
            AssertIs(expected, (await _server.Post("/v1/predict", $$"""{"number":7,"image":"data:image/png;base64,{{base64}}"}""")).Json);
            AssertIs(expected, (await _server.Post("/v1/predict", $$"""{"pixels":{{form.GetProperty("pixels").GetRawText()}},"number":7}""")).Json);
        }
    }

    [Fact]
    public async Task Many_lines_come_back_in_order_with_their_ids_and_errors()
    {
        using var predictor = new DigitSumPredictor(s_model);
        byte[][] pictures = [.. s_samples.Select(File.ReadAllBytes)];
        DigitSumPrediction[] expected = [.. pictures.Select((picture, i) => predictor.Predict(DigitImage.FromEncoded(picture), i % 10))];
        const int Count = 3_000;
        var lines = new StringBuilder();
        for (int i = 0; i < Count; i++)
        {
            lines.Append((i % 100) switch
            {
                17 => "no json\n",
                18 => $$"""{"id":{{i}},"number":12,"image":"{{Convert.ToBase64String(pictures[0])}}"}""" + "\n",
                19 => $$"""{"id":{{i}},"number":1,"image":"bm8gcGljdHVyZQ=="}""" + "\r\n\n",
                _ => $$"""{"number":{{i % pictures.Length % 10}},"id":{{i}},"image":"{{Convert.ToBase64String(pictures[i % pictures.Length])}}"}""" + "\n",
            });
        }

        string[] answers = (await PostLines(lines.ToString().TrimEnd('\n'))).TrimEnd('\n').Split('\n');
        Assert.Equal(Count, answers.Length);
        for (int i = 0; i < Count; i++)
        {
            JsonElement answer = JsonDocument.Parse(answers[i]).RootElement;
            string? error = answer.GetProperty("error").GetString();
            Assert.Equal(i % 100 is 17 or 18 or 19, error is not null);
            if (error is null)
                AssertIs(expected[i % pictures.Length], answer);
            else
                Assert.Equal(JsonValueKind.Null, answer.GetProperty("digit").ValueKind);
            if (i % 100 != 17)
                Assert.Equal(i, answer.GetProperty("id").GetInt32());
        }
    }

    [Fact]
    public async Task A_line_is_answered_before_the_next_is_sent()
    {
        // HttpClient reads no answer before it has sent all.
        using var client = new TcpClient(_server.Url.Host, _server.Url.Port);
        await using NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream);
        string line = $$"""{"number":3,"image":"{{Convert.ToBase64String(await File.ReadAllBytesAsync(s_samples[0], TestContext.Current.CancellationToken))}}"}""" + "\n";
        await stream.WriteAsync("POST /v1/predict/batch HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{line.Length:x}\r\n{line}\r\n"), TestContext.Current.CancellationToken);
            string? answer;
            do
                answer = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            while (answer is not null && !answer.StartsWith('{'));
            Assert.Contains("\"digit\":6", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("12", 422, "the number is 12, not 0 to 9")]
    [InlineData("-1", 422, "the number is -1, not 0 to 9")]
    [InlineData("seven", 400, "'number' is missing or no whole number")]
    [InlineData("", 400, "'number' is missing or no whole number")]
    public async Task A_number_that_cannot_be_added_is_told(string number, int status, string expected)
    {
        (HttpStatusCode answered, JsonElement problem) = await PostForm(await File.ReadAllBytesAsync(s_samples[0], TestContext.Current.CancellationToken), number);
        Assert.Equal(status, (int)answered);
        Assert.Contains(expected, AssertProblem(problem, status), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no picture", "not an image in a known format")]
    [InlineData("", "")]
    public async Task A_file_that_is_no_picture_is_told(string content, string expected)
    {
        (HttpStatusCode answered, JsonElement problem) = await PostForm(Encoding.UTF8.GetBytes(content), "5");
        Assert.Equal(422, (int)answered);
        Assert.Contains(expected, AssertProblem(problem, 422), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is no JSON")]
    [InlineData("[1]", "it is no JSON object")]
    [InlineData("""{"number":5}""", "neither 'image' nor 'pixels'")]
    [InlineData("""{"number":5,"image":"aa==","pixels":[]}""", "both 'image' and 'pixels'")]
    [InlineData("""{"number":5,"image":"*"}""", "no picture in Base64")]
    [InlineData("""{"number":5,"image":"data:image/png;base64,*"}""", "no picture in Base64")]
    [InlineData("""{"number":5,"image":7}""", "no picture in Base64")]
    [InlineData("""{"number":5,"pixels":[1,2]}""", "784 grey levels")]
    [InlineData("""{"number":5.5,"image":"aaaa"}""", "no whole number")]
    [InlineData("""{"number":"5","image":"aaaa"}""", "no whole number")]
    [InlineData("""{"image":"aaaa"}""", "'number' is missing")]
    [InlineData("""{"number":5,"image":"\ud800"}""", "no picture in Base64")]
    public async Task Json_that_makes_no_sense_is_told_why(string json, string expected)
    {
        (int status, JsonElement problem) = await _server.Post("/v1/predict", json);
        Assert.Equal(400, status);
        Assert.Contains(expected, AssertProblem(problem, 400), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_types_of_content_are_not_known()
    {
        using var content = new StringContent("image=1", Encoding.UTF8, "text/plain");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/predict", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("multipart/form-data")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_form_that_is_none_is_told(string type)
    {
        using var content = new StringContent("--y\r\nrubbish");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/predict", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        string long_ = $$"""{"number":1,"image":"{{new string('a', 200_000)}}"}""";
        (HttpStatusCode form, _) = await PostForm(new byte[200_000], "1");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, form);
        (int json, _) = await _server.Post("/v1/predict", long_);
        Assert.Equal(413, json);
    }

    [Fact]
    public async Task Lines_wait_for_room_where_other_requests_are_sent_away()
    {
        await using RunningServer server = await RunningServer.Start([("mnist-adder", await File.ReadAllBytesAsync(s_model, TestContext.Current.CancellationToken))], "MaxQueue=2", "Threads=1");
        string line = $$"""{"number":3,"image":"{{Convert.ToBase64String(await File.ReadAllBytesAsync(s_samples[0], TestContext.Current.CancellationToken))}}"}""" + "\n";
        using var content = new StringContent(string.Concat(Enumerable.Repeat(line, 500)));
        using HttpResponseMessage response = await server.Client.PostAsync("/v1/predict/batch", content, TestContext.Current.CancellationToken);
        string[] answers = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        Assert.Equal(500, answers.Length);
        Assert.All(answers, answer => Assert.Contains("\"error\":null", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compressed_lines_are_refused_and_a_compressed_form_is_read()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            using var form = new MultipartFormDataContent("x") { { new ByteArrayContent(await File.ReadAllBytesAsync(s_samples[0], TestContext.Current.CancellationToken)), "image", "digit.png" }, { new StringContent("5"), "number" } };
            await form.CopyToAsync(gzip, TestContext.Current.CancellationToken);
        }

        foreach ((string path, HttpStatusCode expected) in (IEnumerable<(string, HttpStatusCode)>)[("/v1/predict", HttpStatusCode.OK), ("/v1/predict/batch", HttpStatusCode.UnsupportedMediaType)])
        {
            using var content = new ByteArrayContent(compressed.ToArray());
            content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
            content.Headers.ContentEncoding.Add("gzip");
            using HttpResponseMessage response = await _server.Client.PostAsync(path, content, TestContext.Current.CancellationToken);
            Assert.Equal(expected, response.StatusCode);
        }
    }

    [Fact]
    public async Task An_id_that_is_no_UTF_8_is_an_error_of_its_line()
    {
        byte[] line = [.. "{\"number\":1,\"image\":\"aaaa\",\"id\":\""u8, 0xff, .. "\"}\n"u8];
        using var content = new ByteArrayContent([.. line, .. "{\"id\":2}"u8]);
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/predict/batch", content, TestContext.Current.CancellationToken);
        string[] answers = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        Assert.Equal(2, answers.Length);
        Assert.All(answers, answer => Assert.Contains("\"digit\":null", answer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task A_line_beyond_the_limit_is_an_error_of_that_line(int length)
    {
        string line = $$"""{"id":7,"number":3,"image":"{{Convert.ToBase64String(await File.ReadAllBytesAsync(s_samples[0], TestContext.Current.CancellationToken))}}"}""", tooLong = $$"""{"number":1,"image":"{{new string('a', length)}}"}""";
        string[] answers = (await PostLines($"{line}\n{tooLong}\n{line}\n{tooLong}")).TrimEnd('\n').Split('\n');
        Assert.Equal(4, answers.Length);
        Assert.All([answers[0], answers[2]], answer => Assert.Contains("\"digit\":6", answer, StringComparison.Ordinal));
        Assert.All([answers[1], answers[3]], answer => Assert.Contains("the line has more than 100000 bytes", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_doubtful_picture_has_an_answer_and_a_warning()
    {
        // A bar that fills the picture's left half touches its border.
        int[] levels = [.. Enumerable.Range(0, 56 * 56).Select(i => i % 56 < 14 ? 0 : 255)];
        byte[] bitmap = Bitmap(56, 56, levels);
        (HttpStatusCode status, JsonElement answer) = await PostForm(bitmap, "2");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("border", answer.GetProperty("warning").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_names_routes_that_are_there()
    {
        (_, JsonElement document) = await _server.Get("/openapi.json");
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        JsonProperty[] paths = [.. document.GetProperty("paths").EnumerateObject()];
        Assert.True(paths.Length > 10);
        foreach (JsonProperty path in paths)
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string url = path.Name.Replace("{model}", "mnist-adder", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), url);
                using HttpResponseMessage response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.False(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed, $"{operation.Name} {path.Name}");
                string[] told = [.. operation.Value.GetProperty("responses").EnumerateObject().Select(answer => answer.Name)];
                Assert.Contains($"{(int)response.StatusCode}", told);
            }
        }
    }

    [Fact]
    public async Task Without_a_digit_sum_model_these_routes_are_not_there()
    {
        await using RunningServer server = await RunningServer.Start([("simple", ServerModels.Simple())]);
        (int status, _) = await server.Post("/v1/predict", "{}");
        Assert.Equal(404, status);
        Assert.Equal(404, (await server.Get("/")).Status);
        Assert.Equal(200, (await server.Get("/openapi.json")).Status);
    }

    private static void AssertIs(DigitSumPrediction expected, JsonElement answer)
    {
        Assert.Equal(expected.Digit, answer.GetProperty("digit").GetInt64());
        Assert.Equal(expected.Sum, answer.GetProperty("sum").GetInt64());
        Assert.Equal(expected.DigitConfidence, answer.GetProperty("digit_confidence").GetSingle(), 1e-4f);
        Assert.Equal(expected.SumConfidence, answer.GetProperty("sum_confidence").GetSingle(), 1e-4f);
        Assert.Equal(10, answer.GetProperty("digit_probability").GetArrayLength());
        Assert.Equal(19, answer.GetProperty("sum_probability").GetArrayLength());
        Assert.Equal(expected.Warning, answer.GetProperty("warning").GetString());
    }

    private static string AssertProblem(JsonElement problem, int status)
    {
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem.GetProperty("detail").GetString()!;
    }

    private async Task<(HttpStatusCode Status, JsonElement Json)> PostForm(byte[] picture, string number, string query = "")
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "image", "digit.png" }, { new StringContent(number), "number" } };
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/predict" + query, form);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private async Task<string> PostLines(string lines)
    {
        using var content = new StringContent(lines);
        using HttpResponseMessage response = await _server.Client.PostAsync("/v1/predict/batch", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    // 24 bits a pixel, grey.
    private static byte[] Bitmap(int width, int height, int[] levels)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("BM"u8);
        writer.Write(54 + (width * height * 3));
        writer.Write(0);
        writer.Write(54);
        foreach (int value in (int[])[40, width, height, 1 | (24 << 16), 0, width * height * 3, 2835, 2835, 0, 0])
            writer.Write(value);
        foreach (int level in levels)
            writer.Write([(byte)level, (byte)level, (byte)level]);
        return stream.ToArray();
    }
}
