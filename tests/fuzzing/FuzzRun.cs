using System.Diagnostics;

namespace MnistAdder.Fuzzing;

/// <summary>Cases of one target, one after the other on the calling thread.</summary>
internal sealed class FuzzRun(FuzzTarget target, ulong seed)
{
    /// <summary>The seed that the command and the tests take where none is given.</summary>
    public const ulong DefaultSeed = 1;

    // Asking for the peak costs more than many a case.
    private const int CasesPerPeak = 16;
    private const int MostKinds = 20;

    private readonly Dictionary<string, FuzzFailure> _failures = new(StringComparer.Ordinal);
    private long _firstPeak;

    /// <summary>What happened so far.</summary>
    public FuzzSummary Summary { get; } = new();

    /// <summary>The first case of each kind of failure.</summary>
    public IReadOnlyCollection<FuzzFailure> Failures => _failures.Values;

    /// <summary>The input of a case.</summary>
    public static byte[] Input(FuzzTarget target, ulong seed, long number) => new Mutator(seed, target.Name, number).MakeInput(target);

    /// <summary>Runs cases from number 0 on, until there are enough, time is up, or cases have failed in too many ways.</summary>
    /// <param name="cases">How many.</param>
    /// <param name="limit">Time after which no other case begins; null for none.</param>
    /// <param name="beforeCase">Gets each case's number before the case is run.</param>
    public void Run(long cases, TimeSpan? limit, Action<long>? beforeCase = null)
    {
        var clock = Stopwatch.StartNew();
        RunSeeds();
        for (long number = 0; number < cases && _failures.Count < MostKinds && !(clock.Elapsed > limit); number++)
        {
            beforeCase?.Invoke(number);
            RunOne(Input(target, seed, number), number);
            Summary.Seconds = clock.Elapsed.TotalSeconds;
        }
    }

    /// <summary>Runs one input.</summary>
    /// <returns>What went wrong; null where nothing did.</returns>
    public FuzzFailure? Replay(byte[] input)
    {
        RunOne(input, -1);
        return _failures.Values.FirstOrDefault();
    }

    // A seed that is refused would make every case of it a waste; this also loads what is loaded once.
    private void RunSeeds()
    {
        foreach (byte[] whole in target.Seeds)
        {
            if (!target.Parse(whole))
                throw new FuzzException($"A seed of target {target.Name} is refused.");
        }

        _firstPeak = Peak();
    }

    private void RunOne(byte[] input, long number)
    {
        Summary.Cases++;
        double seconds = Measure(input, number, counts: true);
        if (seconds > target.Limits.Seconds)
        {
            // The machine may have been busy with something else.
            seconds = Math.Min(seconds, Measure(input, number, counts: false));
            if (seconds > target.Limits.Seconds)
                Fail(input, number, "slow", FormattableString.Invariant($"The case took {seconds:0.0} s; at most {target.Limits.Seconds} are accepted."));
        }

        if (1000 * seconds > Summary.SlowestMilliseconds)
            (Summary.SlowestMilliseconds, Summary.SlowestCase) = (1000 * seconds, number);
        if (number % CasesPerPeak == 0 || number < 0)
            CheckPeak(input, number);
    }

    private double Measure(byte[] input, long number, bool counts)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long began = Stopwatch.GetTimestamp();
        string? refusal = null;
        try
        {
            if (!target.Parse(input))
                refusal = "answer";
        }
        catch (Exception exception) when (exception is not FuzzException && target.IsDocumented(exception))
        {
            refusal = exception.GetType().Name;
            if (exception.Message.AsSpan().IndexOfAny('\r', '\n') >= 0)
                Fail(input, number, $"message of more than one line from {Origin(exception)}", exception.ToString());
        }
        catch (Exception exception)
        {
            refusal = exception.GetType().Name;
            Fail(input, number, $"{refusal} from {Origin(exception)}", exception.ToString());
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Summary.MostAllocated = Math.Max(Summary.MostAllocated, allocated);
        if (allocated > target.Limits.ManagedBytes)
            Fail(input, number, "memory", $"The case allocated {allocated} bytes; at most {target.Limits.ManagedBytes} are accepted.");
        if (counts)
            Count(refusal);
        return seconds;
    }

    private void Count(string? refusal)
    {
        if (refusal is null)
            Summary.Accepted++;
        else
            Summary.Refused[refusal] = Summary.Refused.GetValueOrDefault(refusal) + 1;
    }

    private void CheckPeak(byte[] input, long number)
    {
        Summary.PeakBytes = Peak();
        if (_firstPeak > 0 && Summary.PeakBytes - _firstPeak > target.Limits.ProcessGrowth)
            Fail(input, number, "peak", $"The process' peak has grown by {Summary.PeakBytes - _firstPeak} bytes, in this case or one of the {CasesPerPeak} before it.");
    }

    private void Fail(byte[] input, long number, string kind, string details)
    {
        if (_failures.TryAdd(kind, new FuzzFailure(target.Name, seed, number, input, kind, details)))
            Summary.Failures++;
    }

    // The line that threw tells failures apart.
    private static string Origin(Exception exception)
    {
        string? frame = exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("MnistAdder", StringComparison.Ordinal));
        return frame?.Trim() ?? "an unknown place";
    }

    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
