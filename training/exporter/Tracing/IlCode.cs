using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>One instruction of a method's code.</summary>
/// <param name="Code">What it does.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Operand">Where its operand begins.</param>
/// <param name="Next">Where the next instruction begins.</param>
internal readonly record struct IlInstruction(OpCode Code, int Offset, int Operand, int Next);

/// <summary>A method's code in .NET's intermediate language (ECMA-335, partition III), decoded once.</summary>
internal sealed class IlCode
{
    private const byte TwoByteCode = 0xFE;

    private static readonly Dictionary<ushort, OpCode> s_codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (ushort)code.Value);

    private readonly MethodBase _method;
    private readonly Type[]? _typeArguments;
    private readonly Type[]? _methodArguments;

    private IlCode(MethodBase method, MethodBody body, byte[] bytes)
    {
        _method = method;
        Body = body;
        Bytes = bytes;
        _typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        _methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        Instructions = [.. Decode(bytes)];
    }

    /// <summary>Locals and exception regions.</summary>
    public MethodBody Body { get; }

    /// <summary>The code.</summary>
    public byte[] Bytes { get; }

    /// <summary>The instructions in the order of the code.</summary>
    public IReadOnlyList<IlInstruction> Instructions { get; }

    /// <summary>Decodes a method's code; null where it has none (abstract, native, or compiled ahead of time).</summary>
    public static IlCode? Of(MethodBase method) =>
        method.GetMethodBody() is { } body && body.GetILAsByteArray() is { } bytes ? new IlCode(method, body, bytes) : null;

    /// <summary>The method that an instruction names, with the method's own type arguments put in.</summary>
    public MethodBase MethodOf(IlInstruction instruction) => _method.Module.ResolveMethod(TokenOf(instruction), _typeArguments, _methodArguments)!;

    /// <summary>The field that an instruction names.</summary>
    public FieldInfo FieldOf(IlInstruction instruction) => _method.Module.ResolveField(TokenOf(instruction), _typeArguments, _methodArguments)!;

    /// <summary>The type that an instruction names.</summary>
    public Type TypeOf(IlInstruction instruction) => _method.Module.ResolveType(TokenOf(instruction), _typeArguments, _methodArguments);

    /// <summary>Whatever an instruction names.</summary>
    public MemberInfo MemberOf(IlInstruction instruction) => _method.Module.ResolveMember(TokenOf(instruction), _typeArguments, _methodArguments)!;

    /// <summary>The text that an instruction loads.</summary>
    public string StringOf(IlInstruction instruction) => _method.Module.ResolveString(TokenOf(instruction));

    private int TokenOf(IlInstruction instruction) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(instruction.Operand));

    private static IEnumerable<IlInstruction> Decode(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int operand = at + 1;
            ushort number = bytes[at];
            if (number == TwoByteCode)
                number = (ushort)((TwoByteCode << 8) | bytes[operand++]);
            OpCode code = s_codes[number];
            int next = operand + SizeOf(code.OperandType, bytes, operand);
            yield return new IlInstruction(code, at, operand, next);
            at = next;
        }
    }

    private static int SizeOf(OperandType operand, byte[] bytes, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at))),
        _ => 4,
    };
}
