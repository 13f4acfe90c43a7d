using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MnistAdder.Benchmarks.Http;

/// <summary>wrk, which sends one request again and again over a number of connections, each as soon as the one before is answered.</summary>
/// <remarks>
/// Its latencies are corrected for requests that a late answer kept from being sent: the percentiles are those of requests that come by themselves.
/// Source: <c>stats_correct</c> in wrk's <c>src/stats.c</c>.
/// </remarks>
internal sealed class Wrk
{
    // Longer than any answer takes: a request that waits is none that failed.
    private const string Patience = "20s";

    private readonly string _script;

    /// <param name="request">What is sent.</param>
    /// <param name="folder">Where the script and the body are written.</param>
    public Wrk(BinaryRequest request, TemporaryFolder folder)
    {
        string body = folder.Write("body.bin", request.Body), headers = string.Join('\n', request.Headers.Select(header => $"wrk.headers[\"{header.Name}\"] = \"{header.Value}\""));
        _script = folder["request.lua"];
        File.WriteAllText(_script, $$"""
            local file = assert(io.open([[{{body}}]], "rb"))
            wrk.method = "POST"
            wrk.body = file:read("*a")
            file:close()
            {{headers}}

            function done(summary, latency, requests)
              local errors = summary.errors
              io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}\n',
                summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
                errors.connect + errors.read + errors.write + errors.status + errors.timeout))
            end
            """);
    }

    /// <summary>Says on standard error what to do where it is missing.</summary>
    /// <returns>Whether it is there.</returns>
    public static bool IsInstalled()
    {
        try
        {
            // It ends with 1 after saying its version.
            using Process process = Process.Start(new ProcessStartInfo("wrk", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return true;
        }
        catch (Win32Exception)
        {
            Console.Error.WriteLine("error: wrk, which makes the load, isn't installed. It is a package of Debian's: apt-get install wrk");
            return false;
        }
    }

    /// <summary>Sends requests.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="connections">Connections at once.</param>
    /// <param name="seconds">How long.</param>
    public WrkFigures Run(Uri url, int connections, int seconds)
    {
        string Text(int value, string unit = "") => value.ToString(CultureInfo.InvariantCulture) + unit;
        string output = Command.Run("wrk", ["--latency", "--threads", "1", "--connections", Text(connections), "--duration", Text(seconds, "s"), "--timeout", Patience, "--script", _script, url.ToString()]);
        return JsonSerializer.Deserialize<WrkFigures>(output.TrimEnd().Split('\n')[^1], JsonSerializerOptions.Web)!;
    }
}

/// <summary>What wrk measured.</summary>
/// <param name="Requests">Requests that were answered, errors among them.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="P50">Milliseconds within which half of the requests were answered.</param>
/// <param name="P99">Milliseconds within which 99 of 100 were.</param>
/// <param name="Errors">Answers above 399, and connections that failed.</param>
internal sealed record WrkFigures(long Requests, double Seconds, double P50, double P99, long Errors)
{
    /// <summary>Requests per second.</summary>
    public double Rate => Requests / Seconds;
}
