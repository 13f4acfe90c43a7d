using MnistAdder.Scoring.Tables;

namespace MnistAdder.Scoring.Output;

/// <summary>Names of the columns that are written: those of the input, then the results under a common prefix.</summary>
internal sealed class OutputColumns
{
    /// <summary>Puts the names together.</summary>
    /// <param name="file">What messages call the input.</param>
    /// <param name="input">The input's columns.</param>
    /// <param name="prefix">Stands before each of the results' names; may be empty.</param>
    /// <param name="probabilities">Whether every probability gets a column.</param>
    /// <param name="omitted">Columns of the input that the output leaves out.</param>
    /// <exception cref="InvalidDataException">A column of the input has the name of a result, or one that is left out doesn't exist.</exception>
    public OutputColumns(string file, IReadOnlyList<string> input, string prefix, bool probabilities, IReadOnlyList<string>? omitted = null)
    {
        omitted ??= [];
        if (omitted.FirstOrDefault(name => !input.Contains(name)) is { } unknown)
            throw new InvalidDataException($"{file} has no column '{ShownText.Of(unknown)}' that --omit could leave out, only {ShownText.Of(input)}.");
        Kept = [.. Enumerable.Range(0, input.Count).Where(column => !omitted.Contains(input[column]))];
        Input = [.. Kept.Select(column => input[column])];
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

    /// <summary>Which columns of the input are in the output.</summary>
    public IReadOnlyList<int> Kept { get; }

    /// <summary>The names of these.</summary>
    public IReadOnlyList<string> Input { get; }

    /// <summary>The same by names that tell them apart: a column without a name is <c>column_3</c>, after its place.</summary>
    public IReadOnlyList<string> InputMembers => [.. Kept.Zip(Input, (column, name) => string.IsNullOrWhiteSpace(name) ? Free($"column_{column + 1}") : name)];

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
    public IEnumerable<string> All => [.. Input, Digit, DigitConfidence, Sum, SumConfidence, Error, Warning, .. ProbabilityColumns];

    /// <summary>A table's columns of probabilities, of the digits and then of the sums; none where these aren't wanted.</summary>
    public IEnumerable<string> ProbabilityColumns =>
        WithProbabilities ? [.. Numbered(DigitProbabilities, ModelContract.DigitClasses), .. Numbered(SumProbabilities, ModelContract.SumClasses)] : [];

    private string Free(string name)
    {
        while (All.Contains(name))
            name += "_";
        return name;
    }

    private static IEnumerable<string> Numbered(string name, int count) => Enumerable.Range(0, count).Select(number => $"{name}_{number}");
}
