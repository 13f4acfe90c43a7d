using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>The server as a process: where its settings come from, and how it ends.</summary>
public sealed partial class ServeCommandTests : IDisposable
{
    private static readonly string s_sample = Path.Combine(Repository.Root, "artifacts", "pretrained", "samples", "00-six.png");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(RunningProgram.Terminate)]
    [InlineData(RunningProgram.Interrupt)]
    public async Task It_answers_and_ends_with_0_when_it_is_asked_to(int signal)
    {
        RunningProgram.SkipWhereIgnored(signal);
        using RunningProgram run = Serve();
        using var client = new HttpClient { BaseAddress = UrlOf(run) };
        Assert.Contains("\"digit\":6", await Predict(client), StringComparison.Ordinal);
        Assert.Contains("<canvas", await client.GetStringAsync("/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        run.Signal(signal);
        run.WaitForExit();
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        Assert.Contains("Stopping", run.Output, StringComparison.Ordinal);
    }

    [Fact] // triton-inference-server/server #6230
    public async Task What_is_in_hand_is_answered_before_it_ends()
    {
        using RunningProgram run = Serve();
        Uri url = UrlOf(run);
        using var client = new TcpClient(url.Host, url.Port);
        await using NetworkStream stream = client.GetStream();
        string body = $$"""{"number":5,"image":"{{Convert.ToBase64String(await File.ReadAllBytesAsync(s_sample, TestContext.Current.CancellationToken))}}"}""";
        string request = $"POST /v1/predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request[..^10]), TestContext.Current.CancellationToken);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        run.Signal(RunningProgram.Terminate);
        run.WaitForOutput("Stopping");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request[^10..]), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"sum\":11", answer, StringComparison.Ordinal);
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
    }

    [Fact]
    public async Task Who_is_not_ready_within_the_grace_is_left()
    {
        using RunningProgram run = Serve("--grace", "1");
        Uri url = UrlOf(run);
        using var client = new TcpClient(url.Host, url.Port);
        await client.GetStream().WriteAsync("POST /v1/predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"u8.ToArray(), TestContext.Current.CancellationToken);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        run.Signal(RunningProgram.Terminate);
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
    }

    [Fact]
    public async Task Options_go_before_the_environment_and_that_before_appsettings()
    {
        File.WriteAllText(_folder["appsettings.json"], """{"Serve":{"MaxBatch":3,"MaxBody":300,"Models":{"mine":"MODEL"}},"Urls":"http://127.0.0.1:0"}""".Replace("MODEL", Path.Combine(Repository.Root, "artifacts", "pretrained", "model.onnx"), StringComparison.Ordinal));
        using RunningProgram run = RunningProgram.StartCommand(
            "dotnet", [Programs.ScoringHost, "serve", "--max-batch", "5"], new Dictionary<string, string> { ["Serve__MaxBatch"] = "4", ["Serve__MaxBody"] = "400" }, _folder.Path);
        using var client = new HttpClient { BaseAddress = UrlOf(run) };
        Assert.Contains("runs of up to 5 rows", run.Output, StringComparison.Ordinal);
        Assert.Contains("Model mine ", run.Output, StringComparison.Ordinal);
        foreach ((int length, HttpStatusCode expected) in (IEnumerable<(int, HttpStatusCode)>)[(400, HttpStatusCode.BadRequest), (401, HttpStatusCode.RequestEntityTooLarge)])
        {
            using var content = new ByteArrayContent(new byte[length]);
            using HttpResponseMessage response = await client.PostAsync("/v2/models/mine/infer", content, TestContext.Current.CancellationToken);
            Assert.Equal(expected, response.StatusCode);
        }

        run.Signal(RunningProgram.Terminate);
        run.WaitForExit();
        Assert.Equal(ExitCodes.Done, run.ExitCode);
    }

    [Fact]
    public void A_taken_address_is_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        AssertRefused(RunningProgram.Run(Programs.ScoringHost, "serve", "--urls", $"http://{listener.LocalEndpoint}"), "address already in use");
    }

    [Theory]
    [InlineData("--model", "nobody.onnx", "'nobody.onnx' doesn't exist")]
    [InlineData("--model", "a=", "it must be NAME=FILE")]
    [InlineData("--model", "a/b=c.onnx", "it must be NAME=FILE")]
    [InlineData("--model", "a=README.md", "'README.md' is not a model")]
    [InlineData("--max-batch", "0", "from 1 to")]
    [InlineData("--grace", "soon", "it must be a number")]
    [InlineData("--urls", "nonsense", "nonsense")]
    [InlineData("--urls", "http://127.0.0.1:99999", "99999")]
    [InlineData("--urls", "https://127.0.0.1:0", "HTTPS")]
    public void An_option_that_makes_no_sense_is_one_line(string option, string value, string expected) =>
        AssertRefused(RunningProgram.Run(Programs.ScoringHost, "serve", option, value), expected);

    [Theory]
    [InlineData("Serve__MaxBatch", "many", "Serve:MaxBatch")]
    [InlineData("Serve__MaxBatch", "-1", "Serve:MaxBatch is -1")]
    [InlineData("Serve__Grace", "NaN", "Serve:Grace is NaN")]
    [InlineData("Serve__Provider", "gpu", "Serve:Provider")]
    [InlineData("Serve__MaxMemory", "1000", "Serve:MaxMemory is 1000")]
    public void A_variable_that_makes_no_sense_is_one_line(string name, string value, string expected)
    {
        var run = RunningProgram.Start(Programs.ScoringHost, ["serve"], new Dictionary<string, string> { [name] = value });
        run.WaitForExit();
        AssertRefused(run, expected);
    }

    private static void AssertRefused(RunningProgram run, string expected)
    {
        using (run)
        {
            Assert.Equal(ExitCodes.Failed, run.ExitCode);
            Assert.Contains(expected, Assert.Single(run.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
    }

    private static RunningProgram Serve(params string[] more) => RunningProgram.Start(Programs.ScoringHost, ["serve", "--urls", "http://127.0.0.1:0", "--model", "best", .. more]);

    private static Uri UrlOf(RunningProgram run)
    {
        run.WaitForOutput("Ready on ");
        return new Uri(Url().Match(run.Output[run.Output.IndexOf("Ready on ", StringComparison.Ordinal)..]).Value);
    }

    private static async Task<string> Predict(HttpClient client)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(s_sample)), "image", "digit.png" }, { new StringContent("5"), "number" } };
        using HttpResponseMessage response = await client.PostAsync("/v1/predict", form);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex Url();
}
