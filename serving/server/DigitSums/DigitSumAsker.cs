using System.Runtime.InteropServices;
using MnistAdder.Server.Models;
using MnistAdder.Server.Protocol;
using MnistAdder.Serving;

namespace MnistAdder.Server.DigitSums;

/// <summary>Asks a digit-sum model through its queue: pictures are prepared, and their rows share runs with all other requests'.</summary>
/// <param name="model">A model that keeps the contract.</param>
/// <param name="decoder">Prepares pictures.</param>
internal sealed class DigitSumAsker(ServedModel model, DigitImageDecoder decoder)
{
    private static readonly TensorType s_uint8 = TensorType.Named("UINT8")!, s_int64 = TensorType.Named("INT64")!;

    // Pictures that are decoded at once: each may take hundreds of megabytes.
    private static readonly SemaphoreSlim s_decoding = new(Environment.ProcessorCount);

    /// <summary>Answers a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="wantsPixels">Whether the answer has what the model was given.</param>
    /// <param name="gone">The client's patience.</param>
    /// <exception cref="ProtocolException">The model can't answer now.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async Task<DigitSumAnswer> Ask(DigitSumQuestion question, bool wantsPixels, CancellationToken gone)
    {
        if (question.Number is < 0 or >= ModelContract.DigitClasses)
            return DigitSumAnswer.Failed($"the number is {question.Number}, not 0 to 9");
        byte[] pixels = new byte[MnistGeometry.PixelCount];
        ImageWarnings warnings;
        await s_decoding.WaitAsync(gone);
        try
        {
            if (!question.Image.TryDecode(decoder, pixels, out warnings, out string? error))
                return DigitSumAnswer.Failed(error!);
        }
        finally
        {
            s_decoding.Release();
        }

        byte[] number = new byte[sizeof(long)];
        MemoryMarshal.Write(number, question.Number);
        Tensor[] inputs =
        [
            new(ModelContract.Image, s_uint8, [1, 1, MnistGeometry.Side, MnistGeometry.Side], pixels),
            new(ModelContract.Number, s_int64, [1, 1], number),
        ];
        InferenceResponse response = await model.Infer(new InferenceRequest(null, inputs, null, WantsBinary: false), gone);
        return DigitSumAnswer.Of(response.Outputs, warnings, wantsPixels ? pixels : null);
    }
}
