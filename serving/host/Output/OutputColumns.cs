namespace MnistAdder.Scoring.Output;

/// <summary>Names of the columns that are written: those of the input, then the results under a common prefix.</summary>
internal sealed class OutputColumns
{
    /// <summary>Puts the names together.</summary>
    /// <param name="file">What messages call the input.</param>
    /// <param name="input">The input's columns.</param>
    /// <param name="prefix">Stands before each of the results' names; may be empty.</param>
    /// <param name="probabilities">Whether every probability gets a column.</param>
    /// <exception cref="InvalidDataException">A column of the input has the name of a result.</exception>
    public OutputColumns(string file, IReadOnlyList<string> input, string prefix, bool probabilities)
    {
        Input = input;
        Digit = prefix + "digit";
        DigitConfidence = prefix + "digit_confidence";
        Sum = prefix + "sum";
        SumConfidence = prefix + "sum_confidence";
        Error = prefix + "error";
        Warning = prefix + "warning";
        DigitProbabilities = prefix + "digit_probability";
        SumProbabilities = prefix + "sum_probability";
        WithProbabilities = probabilities;

        // A table has the numbered names, JSON those of the lists.
        IEnumerable<string> lists = probabilities ? [DigitProbabilities, SumProbabilities] : [];
        if (All.Concat(lists).Where(name => !string.IsNullOrWhiteSpace(name)).GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } taken)
        {
            throw new InvalidDataException(
                $"{file} has a column '{taken.Key}', which is the name of a result; --output-prefix TEXT puts a text before the results' names.");
        }
    }

    /// <summary>The input's columns.</summary>
    public IReadOnlyList<string> Input { get; }

    /// <summary>The same by names that tell them apart: a column without a name is <c>column_3</c>, after its place.</summary>
    public IReadOnlyList<string> InputMembers => [.. Input.Select((name, index) => string.IsNullOrWhiteSpace(name) ? Free($"column_{index + 1}") : name)];

    public string Digit { get; }

    public string DigitConfidence { get; }

    public string Sum { get; }

    public string SumConfidence { get; }

    public string Error { get; }

    public string Warning { get; }

    /// <summary>What a column for each digit is named after, or one with a list of all.</summary>
    public string DigitProbabilities { get; }

    /// <summary>What a column for each sum is named after, or one with a list of all.</summary>
    public string SumProbabilities { get; }

    public bool WithProbabilities { get; }

    /// <summary>A table's columns in their order: with a column for each probability where these are wanted.</summary>
    public IEnumerable<string> All
    {
        get
        {
            IEnumerable<string> all = [.. Input, Digit, DigitConfidence, Sum, SumConfidence, Error, Warning];
            return WithProbabilities
                ? [.. all, .. Numbered(DigitProbabilities, ModelContract.DigitClasses), .. Numbered(SumProbabilities, ModelContract.SumClasses)]
                : all;
        }
    }

    /// <summary>What writes rows in a format.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="format">The format.</param>
    /// <param name="withHeader">Whether a table begins with the columns' names.</param>
    public IRowWriter Writer(Stream output, OutputFormat format, bool withHeader = true) => format switch
    {
        OutputFormat.Jsonl => new JsonRowWriter(output, this),
        _ => new CsvRowWriter(output, this, withHeader),
    };

    /// <summary>What a file in a format begins with, before any row.</summary>
    public byte[] Header(OutputFormat format)
    {
        using var header = new MemoryStream();
        using (IRowWriter writer = Writer(header, format))
            writer.Flush();
        return header.ToArray();
    }

    private string Free(string name)
    {
        while (All.Contains(name))
            name += "_";
        return name;
    }

    private static IEnumerable<string> Numbered(string name, int count) => Enumerable.Range(0, count).Select(number => $"{name}_{number}");
}

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>A table with a header, RFC 4180.</summary>
    Csv,

    /// <summary>A JSON object in each line.</summary>
    Jsonl,
}
