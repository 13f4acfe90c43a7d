using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.Server;
using MnistAdder.Server.DigitSums;
using MnistAdder.Serving;
using static MnistAdder.Commands.CheckedOption;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>serve</c>: models behind HTTP, and the page. What isn't given here may stand in the environment or in appsettings.json.</summary>
internal sealed class ServeCommand
{
    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = $"An ONNX file and the name that clients know it by, several times for several; a file without a name, or {ModelChoice.Released}, is '{DigitSumRoutes.ModelName}'. [default: the model that score takes]",
        HelpName = "NAME=FILE",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _urls = new("--urls")
    {
        Description = $"Where to listen, with semicolons between; http://*:5080 is every address of the machine. [default: {ServerOptions.DefaultUrl}]",
        HelpName = "URLS",
    };

    private readonly Option<ExecutionProvider> _provider = Choice<ExecutionProvider>("--provider", "What runs the models: CUDA where it can be had and else the processor; or one of them. [default: auto]");
    private readonly Option<ImagePreparation> _preprocess = Choice<ImagePreparation>("--preprocess", "How pictures are prepared, as in score. [default: auto]");
    private readonly Option<int?> _threads = Number<int>("--threads", "Runs of a model at once. [default: one per processor]", 1, 1024);
    private readonly Option<int?> _maxBatch = Number<int>("--max-batch", "Rows of a run that requests share, at most; 1 lets none share. [default: 32, on CUDA 1024, fewer where rows are large]", 1, 1 << 20);
    private readonly Option<double?> _maxWait = Number<double>("--max-wait", "Milliseconds that a request waits for company. [default: 0, a run begins as soon as a worker is free]", 0, 60_000);
    private readonly Option<int?> _maxQueue = Number<int>("--max-queue", "Requests that wait for a model, at most; more get 503. [default: 1024]", 1, 1 << 20);
    private readonly Option<long?> _maxBody = Number<long>("--max-body", "Bytes of a request's body, at most, also once decompressed. [default: 67108864]", 1, Array.MaxLength - 1);
    private readonly Option<long?> _maxMemory = Number<long>("--max-memory", "Bytes of all bodies in hand at once, at most; more get 503. [default: 536870912]", 1, long.MaxValue);
    private readonly Option<long?> _maxTensor = Number<long>("--max-tensor", "Bytes of a tensor that a client sends, at most. [default: 268435456]", 1, Array.MaxLength);
    private readonly Option<int?> _maxPixels = Number<int>("--max-pixels", "Pixels of a picture, at most. [default: 50000000]", 1, 500_000_000);
    private readonly Option<double?> _timeout = Number<double>("--timeout", "Seconds that a request may wait for its run. [default: 30]", 0.001, 86_400);
    private readonly Option<double?> _grace = Number<double>("--grace", "Seconds that requests in hand have after the signal to end. [default: 5]", 0, 86_400);
    private readonly Option<string?> _logFormat = Word("--log-format", ["simple", "json"], "Lines for people or for programs. [default: simple]");
    private readonly Option<bool> _quiet = Quiet("Log nothing but warnings and errors.");
    private readonly Option<bool> _verbose = Verbose("Log every request; print the stack of an error.");

    public static Command Create()
    {
        var serve = new ServeCommand();
        var command = new Command(
            "serve",
            "Serve models over HTTP: the Open Inference Protocol for each, for a digit-sum model /v1/predict and a page to draw on. Settings come from appsettings.json in the working directory, then the environment (Serve__MaxBatch=64), then these options.");
        foreach (Option option in (Option[])[serve._models, serve._urls, serve._provider, serve._preprocess, serve._threads, serve._maxBatch, serve._maxWait, serve._maxQueue, serve._maxBody, serve._maxMemory, serve._maxTensor, serve._maxPixels, serve._timeout, serve._grace, serve._logFormat, serve._quiet, serve._verbose])
            command.Options.Add(option);
        command.SetAction(serve.Run);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken stop)
    {
        await using var server = ModelServer.Create(Settings(parsed), () => ModelChoice.Find(null));
        StopSignals.Patience = server.Grace + TimeSpan.FromSeconds(3);
        await server.Start(stop);
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await server.Stop();
        return ExitCodes.Done;
    }

    // What was given, as keys and values of the configuration.
    private Dictionary<string, string?> Settings(ParseResult parsed)
    {
        // Names differ by more than case in a configuration.
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (string model in parsed.GetValue(_models) ?? [])
        {
            int at = model.IndexOf('=', StringComparison.Ordinal);
            string name = at < 0 ? DigitSumRoutes.ModelName : model[..at], file = at < 0 ? ModelChoice.Find(model) : model[(at + 1)..];
            if (name.Length == 0 || file.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
                throw new InvalidOperationException($"--model is '{model}'; it must be NAME=FILE, the name without slashes and colons.");
            if (!settings.TryAdd($"Serve:Models:{name}", file))
                throw new InvalidOperationException($"--model names '{name}' twice.");
        }

        void Set<T>(string key, Option<T> option)
        {
            if (parsed.GetResult(option) is { Implicit: false })
                settings[key] = Convert.ToString(parsed.GetValue(option), CultureInfo.InvariantCulture);
        }

        Set("urls", _urls);
        Set("Serve:Provider", _provider);
        Set("Serve:Preprocess", _preprocess);
        Set("Serve:Threads", _threads);
        Set("Serve:MaxBatch", _maxBatch);
        Set("Serve:MaxWait", _maxWait);
        Set("Serve:MaxQueue", _maxQueue);
        Set("Serve:MaxBody", _maxBody);
        Set("Serve:MaxMemory", _maxMemory);
        Set("Serve:MaxTensor", _maxTensor);
        Set("Serve:MaxPixels", _maxPixels);
        Set("Serve:Timeout", _timeout);
        Set("Serve:Grace", _grace);
        Set("Logging:Console:FormatterName", _logFormat);
        if (parsed.GetValue(_quiet))
            settings["Logging:LogLevel:Default"] = "Warning";
        if (parsed.GetValue(_verbose))
            settings["Logging:LogLevel:Microsoft"] = "Information";
        return settings;
    }
}
