using System.CommandLine;
using MnistAdder.Commands;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Http;

/// <summary><c>http</c>: <c>mnist-adder serve</c> measured beside other servers, or under load at its limits, or while it is started again.</summary>
internal static class HttpCommand
{
    private const string Both = "both";
    private const double UsualMinutes = 10;
    private const int UsualRestarts = 10;

    public static System.CommandLine.Command Create()
    {
        Option<int> seconds = SharedOptions.Count("--seconds", "Seconds of each measurement.", 5);
        Option<int> rounds = SharedOptions.Count("--rounds", "Measurements of each, in turns; the medians count.", 3);
        var connections = new Option<int[]>("--connections")
        {
            Description = "Connections at once.", HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 8, 64, 256],
        };
        connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>() is { } counts && Array.Exists(counts, count => count < 1))
                result.AddError("--connections must be at least 1.");
        });
        Option<string?> model = CheckedOption.Word("--model", [HttpModel.Ours, HttpModel.Wide, Both], "The released model, one of two wide layers, or both, which is what is done unless told.");
        var soak = new Option<bool>("--soak") { Description = "Instead of measuring: serve at its limits, with clients that leave; exit 1 where another gets anything but the right answer or 503, or memory grows." };
        Option<double?> minutes = CheckedOption.Number<double>("--minutes", "How long that is. [default: 10]", 0.1, 1_000_000);
        var restarts = new Option<int?>("--restarts")
        {
            Description = $"Instead of measuring: serve ends and starts again while clients ask; exit 1 where a request is lost. [default: {UsualRestarts}]",
            HelpName = "N",
            Arity = ArgumentArity.ZeroOrOne,
        };
        restarts.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError("--restarts must be at least 1.");
        });
        var command = new System.CommandLine.Command("http", "mnist-adder serve with and without batches, a minimal API over ONNX Runtime and one over stock ML.NET under the load of wrk.")
        {
            seconds, rounds, connections, model, soak, minutes, restarts,
        };
        command.SetAction(async parsed =>
        {
            if (parsed.GetValue(soak))
                return await ServerSoak.Run(TimeSpan.FromMinutes(parsed.GetValue(minutes) ?? UsualMinutes));
            if (parsed.GetResult(restarts) is not null)
                return await ServerRestarts.Run(parsed.GetValue(restarts) ?? UsualRestarts);
            var benchmark = new HttpBenchmark(parsed.GetRequiredValue(connections), parsed.GetValue(seconds), parsed.GetValue(rounds));
            return await Measure(parsed.GetValue(model) ?? Both, benchmark, $"medians of {parsed.GetValue(rounds)} times {parsed.GetValue(seconds)} s in turns");
        });
        return command;
    }

    private static async Task<int> Measure(string model, HttpBenchmark benchmark, string how)
    {
        if (!Wrk.IsInstalled())
            return ExitCodes.Failed;
        AnsiConsole.WriteLine($"wrk and the servers on {Environment.ProcessorCount} processors of {ThisMachine.ProcessorName()}, {how}");
        using var folder = new TemporaryFolder();
        int worst = ExitCodes.Done;
        if (model is HttpModel.Ours or Both)
            worst = Math.Max(worst, await benchmark.Run(HttpModel.CreateOurs(), folder));
        if (model is HttpModel.Wide or Both)
            worst = Math.Max(worst, await benchmark.Run(HttpModel.CreateWide(folder), folder));
        return worst;
    }
}
