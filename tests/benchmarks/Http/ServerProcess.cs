using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MnistAdder.EndToEnd.Tests;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A server in a process of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan s_start = TimeSpan.FromMinutes(1);

    private readonly RunningProgram _program;

    private ServerProcess(RunningProgram program, Uri url)
    {
        _program = program;
        Url = url;
        Client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromMinutes(1) };
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    /// <summary>What it printed.</summary>
    public string Printed => _program.Output + _program.Error;

    /// <summary>Bytes of memory that it has.</summary>
    public long WorkingSet
    {
        get
        {
            using var process = Process.GetProcessById(_program.Id);
            return process.WorkingSet64;
        }
    }

    /// <summary>A port of this machine that nobody listens on, and that no client is given, not even one that finds nobody listening.</summary>
    public static Uri FreeAddress()
    {
        while (true)
        {
            // Below those that systems give to clients.
            var endpoint = new IPEndPoint(IPAddress.Loopback, Random.Shared.Next(15_000, 30_000));
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(endpoint);
                return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{endpoint}"));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }

    /// <summary>Starts <c>mnist-adder serve</c> and waits until it is ready.</summary>
    /// <param name="model">The model.</param>
    /// <param name="url">Where it is to listen.</param>
    /// <param name="options">Other options.</param>
    public static Task<ServerProcess> Serve(HttpModel model, Uri url, params string[] options) =>
        Start(url, Checkout.ScoringHost, ["serve", "--model", $"{model.Name}={model.File}", "--urls", url.ToString(), "--quiet", .. options]);

    /// <summary>Starts a minimal API and waits until it is ready.</summary>
    /// <param name="model">The model.</param>
    /// <param name="url">Where it is to listen.</param>
    /// <param name="kind">What runs the model, of <see cref="MinimalApi"/>.</param>
    public static Task<ServerProcess> ServePeer(HttpModel model, Uri url, string kind) =>
        Start(url, typeof(MinimalApi).Assembly.Location, MinimalApi.Name, kind, model.Name, model.File, url.ToString());

    /// <summary>Asks it to end, and waits until it has.</summary>
    /// <returns>Its exit code, and how long it took.</returns>
    public (int ExitCode, TimeSpan Took) Terminate()
    {
        long asked = Stopwatch.GetTimestamp();
        _program.Signal(RunningProgram.Terminate);
        _program.WaitForExit();
        return (_program.ExitCode, Stopwatch.GetElapsedTime(asked));
    }

    public void Dispose()
    {
        Client.Dispose();
        _program.Dispose();
    }

    private static async Task<ServerProcess> Start(Uri url, string program, params string[] arguments)
    {
        var server = new ServerProcess(RunningProgram.Start(program, arguments), url);
        long started = Stopwatch.GetTimestamp();
        while (!await server.IsReady())
        {
            if (!server._program.IsRunning || Stopwatch.GetElapsedTime(started) > s_start)
            {
                string printed = server.Printed;
                server.Dispose();
                throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} isn't ready.\n{printed}");
            }

            await Task.Delay(50);
        }

        return server;
    }

    private async Task<bool> IsReady()
    {
        try
        {
            using HttpResponseMessage response = await Client.GetAsync("/v2/health/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
