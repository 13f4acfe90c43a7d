using System.CommandLine;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.Scoring.Csv;
using static MnistAdder.Commands.CheckedOption;

namespace MnistAdder.Scoring.Cli;

/// <summary>What a run ends with in which some rows were bad.</summary>
internal enum BadRowsEnd
{
    /// <summary>An exit code of its own.</summary>
    Tell,

    /// <summary>Success.</summary>
    Ok,
}

/// <summary>The options of <c>score</c> beside those that make results what they are.</summary>
internal sealed class ScoreOptions
{
    public ResultOptions Results { get; } = new();

    public Argument<string[]> Inputs { get; } = InputArgument(
        ArgumentArity.ZeroOrMore,
        "CSV files of one header, in UTF-8 or UTF-16, as they are or compressed with gzip, or - for standard input; or Parquet files of one header; or pictures and folders of pictures; or patterns such as rows/*.csv and scans/*.png.");

    public Option<int?> Number { get; } = Number<int>("--number", "What is added to the digit in each picture, where INPUT is pictures.", 0, 9);

    public Option<string> Output { get; } = OutputOption("; - is standard output, where a terminal shows the first rows without it");

    public Option<string?> Plan { get; } = Folder("--plan", "Score a part of what 'plan' put into this folder, in place of INPUT.");

    public Option<string?> Shard { get; } = new("--shard")
    {
        Description = "Which part, from 0; auto takes the number that Slurm, Kubernetes or AWS Batch gave to this task.",
        HelpName = "N|auto",
    };

    public Option<bool> Verify { get; } = new("--verify") { Description = "Read a part that is there already and compare its hash, not only its size and time." };

    public Option<ExecutionProvider> Provider { get; } = Choice<ExecutionProvider>("--provider", "auto: CUDA where it works, else the CPU. [default: auto]");

    public Option<int?> BatchSize { get; } = Number<int>("--batch-size", "Rows in one run of the model, halved once where memory runs out. [default: as the provider likes it]", 1, 65_536);

    public Option<int?> Threads { get; } = Number<int>("--threads", "Batches that are worked on at once. [default: all processors that the system or Slurm gives]", 1, 1024);

    public Option<int?> Limit { get; } = Number<int>("--limit", "Score only the first N rows.", 1, int.MaxValue);

    public Option<BadRowsEnd> BadRows { get; } = BadRowsOption();

    public Option<bool> Quiet { get; } = CheckedOption.Quiet("Print nothing but results and errors.");

    public Option<bool> Verbose { get; } = CheckedOption.Verbose();

    /// <summary>Tables or other inputs.</summary>
    public static Argument<string[]> InputArgument(ArgumentArity arity, string description)
    {
        var inputs = new Argument<string[]>("INPUT") { Description = description, Arity = arity };
        inputs.Validators.Add(Suggestions.RefuseOptions);
        return inputs;
    }

    public static Option<string> OutputOption(string more) => new("--output", "-o")
    {
        Description = $"The file to write, which appears when it is complete{more}.",
        HelpName = "FILE",
        DefaultValueFactory = _ => InputFile.Standard,
    };

    public static Option<BadRowsEnd> BadRowsOption() => Choice<BadRowsEnd>(
        "--bad-rows", "tell: exit code 2 where a row was bad; ok: 0, for engines that try again whatever ends with another. [default: tell]");

    public void AddTo(Command command)
    {
        command.Arguments.Add(Inputs);
        foreach (Option option in (Option[])[Number, Output, .. Results.All, Plan, Shard, Verify, Provider, BatchSize, Threads, Limit, BadRows, Quiet, Verbose])
            command.Options.Add(option);
    }

    /// <summary>Refuses what makes no sense together.</summary>
    /// <exception cref="InvalidOperationException">A path is empty, or options exclude each other.</exception>
    public void RequireConsistency(ParseResult parsed)
    {
        foreach (string input in parsed.GetRequiredValue(Inputs))
            ResultOptions.RequireText("INPUT", input);
        ResultOptions.RequireText("--output", parsed.GetValue(Output));
        bool isPlanned = parsed.GetValue(Plan) is not null;
        if (isPlanned != parsed.GetValue(Shard) is not null)
            throw new InvalidOperationException("--plan and --shard come together: the folder of the plan, and which of its parts to score.");
        if (isPlanned)
        {
            if (parsed.GetRequiredValue(Inputs).Length > 0)
                throw new InvalidOperationException("INPUT and --plan exclude each other: the plan has its inputs.");
            if (((Option[])[Number, Output, Limit, .. Results.All]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } settled)
                throw new InvalidOperationException($"{settled.Name} can't be given with --plan, which settles what is scored and how.");
        }
        else if (parsed.GetRequiredValue(Inputs).Length == 0)
        {
            throw new InvalidOperationException("INPUT is missing: the table to score, or pictures. (--help lists the options)");
        }
        else if (parsed.GetValue(Verify))
        {
            throw new InvalidOperationException("--verify is for --plan.");
        }
    }

    /// <summary>How the model is to run.</summary>
    public InferenceOptions Inference(ParseResult parsed) => new()
    {
        Provider = parsed.GetValue(Provider),
        BatchSize = parsed.GetValue(BatchSize) ?? 0,
        Workers = parsed.GetValue(Threads) ?? ThisMachine.Processors,
        IsSilent = !parsed.GetValue(Verbose),
    };
}
