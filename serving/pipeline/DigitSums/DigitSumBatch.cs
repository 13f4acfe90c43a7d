using System.Globalization;
using System.Runtime.ExceptionServices;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.OnnxBatching.Tensors;

namespace MnistAdder.Serving.DigitSums;

/// <summary>
/// The tensors of one batch of images and numbers. A row that fails keeps its place with an empty image, so that its neighbours don't
/// move, and its outputs are not looked at. For one thread at a time.
/// </summary>
internal sealed class DigitSumBatch : IDisposable
{
    // For rounding, on devices that compute with few bits as well.
    private const float Tolerance = 1e-3f;

    private readonly string _model;
    private readonly FixedInputTensor<byte> _images;
    private readonly FixedInputTensor<long> _numbers;
    private readonly FixedOutputTensor<long> _digits;
    private readonly FixedOutputTensor<float> _digitProbabilities;
    private readonly FixedOutputTensor<long> _sums;
    private readonly FixedOutputTensor<float> _sumProbabilities;
    private readonly string?[] _errors;
    private readonly ImageWarnings[] _warnings;
    private readonly BatchRun _run;

    /// <summary>Allocates a batch.</summary>
    /// <param name="session">A model that keeps the contract.</param>
    /// <param name="capacity">Greatest number of rows.</param>
    public DigitSumBatch(BatchSession session, int capacity)
    {
        TensorSignature Input(string name) => session.Inputs.First(tensor => tensor.Name == name);
        TensorSignature Output(string name) => session.Outputs.First(tensor => tensor.Name == name);
        _model = session.Name;
        _images = new(Input(ModelContract.Image), capacity);
        _numbers = new(Input(ModelContract.Number), capacity);
        _digits = new(Output(ModelContract.Digit), capacity);
        _digitProbabilities = new(Output(ModelContract.DigitProbabilities), capacity);
        _sums = new(Output(ModelContract.Sum), capacity);
        _sumProbabilities = new(Output(ModelContract.SumProbabilities), capacity);
        _errors = new string?[capacity];
        _warnings = new ImageWarnings[capacity];
        _run = new(session, [_images, _numbers], [_digits, _digitProbabilities, _sums, _sumProbabilities]);
    }

    /// <summary>Rows that fit.</summary>
    public int Capacity => _errors.Length;

    /// <summary>The grey levels of a row, for the caller to write.</summary>
    public Span<byte> Image(int index) => _images[index];

    /// <summary>Says what a row adds, once its image is written.</summary>
    /// <param name="index">The row.</param>
    /// <param name="number">Any number; one outside 0…9 fails the row.</param>
    /// <param name="warnings">What casts doubt on the image.</param>
    public void Accept(int index, long number, ImageWarnings warnings)
    {
        if (number is < 0 or >= ModelContract.DigitClasses)
        {
            Fail(index, $"the number is {number}, not 0 to 9");
            return;
        }

        _numbers[index][0] = number;
        _errors[index] = null;
        _warnings[index] = warnings;
    }

    /// <summary>Marks a row as failed.</summary>
    /// <param name="index">The row.</param>
    /// <param name="reason">Why, for the table's reader.</param>
    public void Fail(int index, string reason)
    {
        _errors[index] = reason;
        _warnings[index] = ImageWarnings.None;
        _images[index].Clear();
        _numbers[index].Clear();
    }

    /// <summary>Scores the first rows; where all of them have failed, there is nothing to run.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="RowFailedException">
    /// The model failed at a row, or gave what the contract rules out: another digit or sum, or a probability that is none. Those before it
    /// have results.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model failed at the first row, or the device has too little memory.</exception>
    public void Run(int count)
    {
        if (!_errors.AsSpan(0, count).Contains(null))
            return;
        _run.Run(count);
        for (int row = 0; row < count; row++)
        {
            if (_errors[row] is null && Violation(_digits[row][0], _digitProbabilities[row], _sums[row][0], _sumProbabilities[row]) is { } violation)
                throw new RowFailedException(row, new InvalidOperationException($"The model '{_model}' isn't a digit-sum model: {violation}."));
        }
    }

    /// <summary>The same where the failure of one row is that of all.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidOperationException">The model failed.</exception>
    public void RunAll(int count)
    {
        try
        {
            Run(count);
        }
        catch (RowFailedException failed)
        {
            ExceptionDispatchInfo.Throw(failed.InnerException!);
        }
    }

    /// <summary>Why a row failed; <see langword="null"/> where it didn't.</summary>
    public string? Error(int index) => _errors[index];

    /// <summary>What casts doubt on a row's image; <see langword="null"/> where nothing does, and in a failed row.</summary>
    public string? Warning(int index) => _warnings[index].ToText();

    /// <summary>The digit, −1 in a failed row.</summary>
    public long Digit(int index) => _errors[index] is null ? _digits[index][0] : -1;

    /// <summary>The sum, −1 in a failed row.</summary>
    public long Sum(int index) => _errors[index] is null ? _sums[index][0] : -1;

    /// <summary>Copies the ten digits' probabilities, NaN in a failed row.</summary>
    public void CopyDigitProbabilities(int index, Span<float> target) => Copy(_digitProbabilities, index, target);

    /// <summary>Copies the nineteen sums' probabilities, NaN in a failed row.</summary>
    public void CopySumProbabilities(int index, Span<float> target) => Copy(_sumProbabilities, index, target);

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    /// <summary>What of a row's outputs the contract rules out.</summary>
    /// <returns>The first of them, a clause; <see langword="null"/> where there is none.</returns>
    public static string? Violation(long digit, ReadOnlySpan<float> digitProbabilities, long sum, ReadOnlySpan<float> sumProbabilities) =>
        Violation(ModelContract.Digit, digit, ModelContract.DigitClasses)
        ?? Violation(ModelContract.Sum, sum, ModelContract.SumClasses)
        ?? Violation(ModelContract.DigitProbabilities, digitProbabilities)
        ?? Violation(ModelContract.SumProbabilities, sumProbabilities);

    private static string? Violation(string output, long answer, int classes) =>
        answer >= 0 && answer < classes ? null : $"its output '{output}' is {answer}, not 0 to {classes - 1}";

    private static string? Violation(string output, ReadOnlySpan<float> probabilities)
    {
        foreach (float probability in probabilities)
        {
            // Written so that a NaN is one, too.
            if (!(probability >= -Tolerance && probability <= 1 + Tolerance))
                return string.Create(CultureInfo.InvariantCulture, $"its output '{output}' has {probability} for a probability");
        }

        return null;
    }

    private void Copy(FixedOutputTensor<float> tensor, int index, Span<float> target)
    {
        if (_errors[index] is null)
            tensor[index].CopyTo(target);
        else
            target.Fill(float.NaN);
    }
}
